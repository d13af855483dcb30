/**
 * The speaker's window: notes, the next scene, and the time. It is opened by the page that presents, which writes into it, so it
 * shows the same scene without a server.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { formatTime } from "./walk.js";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; grid-template: auto 1fr auto / 1fr minmax(9rem, 26%); gap: 1rem 1.5rem; padding: 1.2rem 1.5rem; box-sizing: border-box; background: light-dark(#fff, #10141a); color: light-dark(#1c2530, #e8edf3); }
header { grid-column: 1 / -1; display: flex; gap: 1rem; align-items: baseline; }
h1 { font-size: 1.3rem; margin: 0; flex: 1; }
.time { font-variant-numeric: tabular-nums; font-size: 1.3rem; }
.notes { font-size: 1.5rem; white-space: pre-wrap; margin: 0; overflow-y: auto; }
.next h2 { font-size: 1rem; margin: 0 0 0.4rem; color: light-dark(#4b5a6b, #9fb0c3); }
.next img { width: 100%; max-width: 14rem; image-rendering: pixelated; border-radius: 8px; background: #000; }
.next img[src=""] { display: none; }
footer { grid-column: 1 / -1; display: flex; gap: 0.8rem; }
button { font: inherit; padding: 0.6rem 1.2rem; border-radius: 8px; border: 1px solid light-dark(#c3ccd6, #3a4656); background: none; color: inherit; cursor: pointer; }
button:disabled { opacity: 0.4; cursor: default; }
@media (max-width: 520px) { body { grid-template-columns: 1fr; } }
`;

export class SpeakerWindow {
  /** @type {Window | null} */
  #window = null;
  #timer = 0;

  /** @param {import("./walk.js").Walk} walk @param {(step: 1 | -1) => void} go to the next or the previous scene */
  constructor(walk, go) {
    this.walk = walk;
    this.go = go;
    this.title = element("h1");
    this.time = element("span.time", { title: t("Time since the start of the talk") });
    this.notes = element("p.notes", { "aria-live": "polite" });
    this.nextTitle = element("p");
    this.nextPicture = element("img", { alt: t("The picture of the next scene") });
    this.back = element("button", { type: "button", text: t("← Previous scene"), onclick: () => go(-1) });
    this.forth = element("button", { type: "button", text: t("Next scene →"), onclick: () => go(1) });
    walk.addEventListener("change", () => this.#show());
  }

  get on() {
    return Boolean(this.#window && !this.#window.closed);
  }

  /** @throws {Error} the browser does not allow another window */
  open() {
    if (this.on) return this.#window.focus();
    const opened = window.open("", "zscope-speaker", "popup,width=900,height=620");
    if (!opened) throw new Error(t("The browser blocked the speaker window. Allow pop-up windows for this page."));
    this.#window = opened;
    const { document: page } = opened;
    page.title = t("Zscope: speaker notes");
    page.head.replaceChildren(page.adoptNode(element("style", { text: STYLE })));
    page.body.replaceChildren(
      element("header", {}, this.title, this.time),
      this.notes,
      element("section.next", {}, element("h2", { text: t("Next") }), this.nextTitle, this.nextPicture),
      element("footer", {}, this.back, this.forth),
    );
    opened.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 }[event.key];
      if (!step || (event.key === " " && /** @type {Element} */ (event.target).localName === "button")) return;
      event.preventDefault();
      this.go(/** @type {1 | -1} */ (step));
    });
    this.#timer = window.setInterval(() => this.#tick(), 1000);
    this.#show();
  }

  close() {
    clearInterval(this.#timer);
    this.#window?.close();
    this.#window = null;
  }

  #show() {
    if (!this.on) return;
    const { walk } = this;
    if (!walk.talk) return this.close();
    this.title.textContent = `${walk.index + 1} / ${walk.scenes.length} · ${walk.scene?.title ?? ""}`;
    this.notes.textContent = walk.scene?.notes || t("No notes for this scene.");
    this.nextTitle.textContent = walk.next?.title ?? t("This is the last scene.");
    this.nextPicture.src = walk.next?.picture ?? "";
    this.back.disabled = walk.index === 0;
    this.forth.disabled = !walk.next;
    this.#tick();
  }

  #tick() {
    if (!this.on) return clearInterval(this.#timer);
    this.time.textContent = formatTime(Date.now() - this.walk.since);
  }
}
