/**
 * The tour: a card with one step at a time. Nothing is blocked: a step is complete when the user has done what it says, and can
 * be skipped.
 */

import { Data } from "../core/data.js";
import { element, isRange, originOf } from "../core/dom.js";
import { withAdvice } from "../core/failure.js";
import { Glide } from "../core/glide.js";
import { History } from "../core/history.js";
import { START_TOUR } from "../core/key_panel.js";
import { t } from "../core/language.js";
import { onShown, shownOf } from "../core/shown.js";
import { Progress } from "./progress.js";
import { arithmetic, classesOf, stepsOf } from "./steps.js";

const REST = 1600; // milliseconds from the end of a step to the next one
const SECONDS = 2.5; // of the arithmetic's transition

export class Tour {
  #next = 0;
  /** @type {ArrayLike<number> | null} the point before its last change in this step */
  #before = null;

  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").TourPage} page
   * @param {(name: "go", page: string) => void} send to Python: the page to open
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    this.steps = stepsOf(page.model);
    this.progress = new Progress();
    this.glide = new Glide();
    this.data = new Data(page.model);
    this.place = element("span.aside");
    this.title = element("h2");
    this.text = element("p");
    this.done = element("p.done", { role: "status" });
    this.action = element("button.go", { type: "button" });
    this.skip = element("button", { type: "button" });
    const close = element("button.close", { type: "button", text: "✕", "aria-label": t("End the tour"), title: t("End the tour"), onclick: () => this.end() });
    this.card = element("section.tour", { "aria-label": t("Tour"), popover: "manual" }, element("header", {}, this.title, this.place, close), this.text, this.done, element("div.toolbar", {}, this.action, this.skip));
    root.className = "tour-root"; // not a page's root
    root.append(this.card);
    this.start = () => this.#go(0);
    window.addEventListener(START_TOUR, this.start);
    // The points at which inputs have ended: an animation does not count.
    this.history = History.of(page.model.id);
    this.follow = () => this.#follow();
    this.history.addEventListener("change", this.follow);
    this.onInput = (event) => isRange(originOf(event)) && this.#current()?.slider && this.#complete();
    this.onKey = (event) => event.key.startsWith("Arrow") && this.onInput(event); // sliders have steps of their own for keys
    window.addEventListener("input", this.onInput, true);
    window.addEventListener("keydown", this.onKey, true);
    this.stopShown = onShown(() => (this.#before ??= this.#point()));
    this.#show();
  }

  destroy() {
    clearTimeout(this.#next);
    this.glide.stop();
    this.history.removeEventListener("change", this.follow);
    window.removeEventListener("input", this.onInput, true);
    window.removeEventListener("keydown", this.onKey, true);
    this.stopShown();
    window.removeEventListener(START_TOUR, this.start);
    this.root.replaceChildren();
    this.root.className = "root";
  }

  end() {
    this.progress.end();
    this.#show();
  }

  /** @param {number} index of a step */
  #go(index) {
    if (index >= this.steps.length) this.progress.end();
    else this.progress.run(index);
    this.#show();
  }

  #show() {
    clearTimeout(this.#next);
    this.#before = this.#point();
    this.done.textContent = "";
    const { state, step } = this.progress.read();
    const hidden = state === "done" || (state === "new" && this.page.page !== "explore");
    if (hidden === this.card.matches(":popover-open")) this.card.togglePopover(!hidden);
    if (hidden) return;
    if (state === "new") return this.#offer();
    const index = Math.min(step, this.steps.length - 1);
    const current = this.steps[index];
    const here = this.page.page === current.page;
    const last = index === this.steps.length - 1;
    this.title.textContent = current.title;
    this.place.textContent = `${index + 1} / ${this.steps.length}`;
    this.text.textContent = current.text;
    if (!here) this.#setAction(openText(current.page), () => this.send("go", current.page));
    else if (current.action) this.#setAction(current.action, () => this.#compute(last));
    else this.#setAction("", null);
    this.#setSkip(last ? t("End the tour") : current.done || current.slider || !here ? t("Skip") : t("Next step"), () => this.#go(index + 1));
  }

  #offer() {
    this.title.textContent = t("New here?");
    this.place.textContent = "";
    this.text.textContent = t("A tour of 60 seconds shows what you can do.");
    this.#setAction(t("Start the tour"), () => this.#go(0));
    this.#setSkip(t("No, thanks"), () => this.end());
  }

  /** A copy of the point that the page shows: the page changes its own in place. */
  #point() {
    const visited = shownOf(this.page.model.id)?.read();
    return visited ? Float32Array.from(visited.z) : null;
  }

  /** Compare the point with that before its last change. */
  #follow() {
    const before = this.#before;
    const now = this.history.current.z;
    this.#before = now;
    if (before && this.#current()?.done?.(before, now)) this.#complete();
  }

  /** The step that the user can do now, if it is not complete. @returns {import("./steps.js").Step | null} */
  #current() {
    const { state, step } = this.progress.read();
    const current = state === "running" ? this.steps[step] : null;
    return current?.page === this.page.page && !this.done.textContent ? current : null;
  }

  #complete() {
    this.done.textContent = t("✓ Done");
    const { step } = this.progress.read();
    this.#next = window.setTimeout(() => this.#go(step + 1), REST);
  }

  /** Show the arithmetic in Explore. @param {boolean} last */
  async #compute(last) {
    const [from, to] = classesOf(this.page.model);
    try {
      const found = arithmetic(await this.data.codes, from, to);
      const view = shownOf(this.page.model.id);
      if (!found || !view) return this.#complete();
      view.goTo({ z: found.start, image: found.image });
      this.#next = window.setTimeout(() => {
        this.glide.start(view, { z: found.end, image: null }, SECONDS);
        this.#next = window.setTimeout(() => this.#computed(last), 1000 * SECONDS);
      }, REST);
    } catch (error) {
      this.done.textContent = withAdvice(error, t("Try again."));
    }
  }

  /** @param {boolean} last */
  #computed(last) {
    if (!last) return this.#complete();
    this.text.textContent = t("That was the tour. The Map page computes directions between any groups of images. Press ? for all keys.");
    this.done.textContent = t("✓ Done");
  }

  #setAction(text, onclick) {
    this.action.hidden = !text;
    this.action.textContent = text;
    this.action.onclick = onclick;
  }

  #setSkip(text, onclick) {
    this.skip.textContent = text;
    this.skip.onclick = onclick;
  }
}

/** @param {string} page of a step */
function openText(page) {
  return { explore: t("Open Explore"), map: t("Open Map"), reconstruct: t("Open Reconstruct") }[page];
}
