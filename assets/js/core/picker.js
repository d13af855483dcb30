/**
 * A dialog to choose a test image: by class from a sheet of thumbnails, or by number.
 */

import { element } from "./dom.js";
import { withAdvice } from "./failure.js";
import { paint, pictureCanvas } from "./picture.js";
import { rove } from "./roving.js";
import { imageName } from "./labels.js";
import { t } from "./language.js";

const SHOWN = 40;
const COLUMNS = 10; // `.sheet` of explore.css

export class ImagePicker {
  #class = null; // null: any

  /**
   * @param {import("./messages.js").Model} model
   * @param {import("./data.js").Data} data
   * @param {(index: number) => void} onPick
   * @param {() => void} onOpen
   */
  constructor(model, data, onPick, onOpen) {
    this.onOpen = onOpen;
    this.model = model;
    this.data = data;
    this.onPick = onPick;
    this.classes = rove(
      element(
        "div.classes",
        { role: "toolbar", "aria-label": t("Class") },
        this.#classButton(null, t("All classes")),
        ...model.classes.map((name, index) => this.#classButton(index, name)),
      ),
    );
    this.sheet = rove(element("div.sheet", { role: "toolbar", "aria-label": t("Images") }), COLUMNS);
    const number = element("input", {
      type: "number",
      min: 0,
      max: model.images - 1,
      step: 1,
      placeholder: `0 … ${model.images - 1}`,
      "aria-label": t("Number of the test image"),
    });
    this.node = element(
      "div.image-picker",
      { popover: "auto", role: "dialog", "aria-label": t("Choose an image of {data}", { data: model.dataTitle }) },
      element("header", {}, element("b", { text: t("{data}, test split", { data: model.dataTitle }) }), element(
        "form", { onsubmit: (event) => this.#byNumber(event, number) }, number,
        element("button", { type: "submit", text: t("Choose") }))),
      ...(model.classes.length ? [this.classes] : []), // without classes there is nothing to choose
      this.sheet,
      element("button.more", { type: "button", text: t("Show others"), onclick: () => this.#fill() }),
    ); // prettier-ignore
    this.node.addEventListener("toggle", (event) => {
      if (event.newState !== "open") return;
      this.onOpen();
      number.focus({ preventScroll: true });
      this.#fill();
    });
  }

  /** Open and close with a button, below it. @param {HTMLButtonElement} button */
  attach(button) {
    button.popoverTargetElement = this.node; // the browser's own toggle handles clicks outside
    button.after(this.node); // next in the order of the Tab key
    this.node.addEventListener("beforetoggle", () => {
      const { left, bottom } = button.getBoundingClientRect();
      this.node.style.left = `${Math.max(8, Math.min(left, innerWidth - 480))}px`;
      this.node.style.top = `${bottom + 6}px`;
    });
  }

  #classButton(index, name) {
    return element("button", {
      type: "button",
      text: name,
      "aria-pressed": String(index === this.#class),
      onclick: (event) => {
        this.#class = index;
        for (const button of this.classes.children) button.setAttribute("aria-pressed", String(button === event.target));
        this.#fill();
      },
    });
  }

  #fill() {
    this.#draw().catch((error) => this.sheet.replaceChildren(withAdvice(error, t("Try again."))));
  }

  async #draw() {
    const { labels, rows } = await this.data.codes;
    const chosen = new Set();
    // Random tries instead of a filter over all rows: enough for any class, and they end for an empty one.
    for (let tries = 0; chosen.size < SHOWN && tries < 100 * SHOWN; tries++) {
      const index = Math.floor(Math.random() * rows);
      if (this.#class === null || labels[index] === this.#class) chosen.add(index);
    }
    const indices = [...chosen];
    const pictures = await this.data.images(indices);
    this.sheet.replaceChildren(
      ...indices.map((index, i) => {
        const name = t("test {name}", { name: imageName(this.model, index, labels[index]) });
        const canvas = pictureCanvas(this.model.imageShape, name);
        paint(canvas, pictures[i], this.model.imageShape);
        return element("button", { type: "button", title: name, onclick: () => this.#pick(index) }, canvas);
      }),
    );
  }

  #byNumber(event, input) {
    event.preventDefault();
    if (input.value !== "" && input.checkValidity()) this.#pick(input.valueAsNumber);
  }

  #pick(index) {
    this.node.hidePopover();
    this.onPick(index);
  }
}
