/**
 * The drawing pad: strokes by mouse, touch or pen on a canvas whose size is a whole multiple of the model's, with undo.
 */

import { button, element } from "../core/dom.js";
import { t } from "../core/language.js";
import { toImageData } from "../core/picture.js";
import { toInput } from "./placing.js";

const SIDE = 280; // pixels, about
const UNDO = 40; // strokes
const STROKE = 0.085; // of the longer side, initially: as in handwriting
const FULL = 0.5; // pressure at which a pen draws at the set thickness

/** @typedef {{image: ImageData, loaded: Uint8Array<ArrayBuffer> | null, empty: boolean, name: string}} Content of the pad */

export class Pad {
  /** @type {Content[]} what was there before each stroke */
  #undone = [];
  /** @type {{pointer: number, at: [number, number]} | null} */
  #stroke = null;
  #erasing = false;

  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/messages.js").InputStyle} wants
   * @param {(since?: number) => void} onChange
   * @param {(name: string) => void} onBegin called when its content is replaced
   */
  constructor(model, wants, onChange, onBegin) {
    this.shape = model.imageShape;
    this.wants = wants;
    this.onChange = onChange;
    this.onBegin = onBegin;
    this.name = "";
    const [height, width] = this.shape;
    const times = Math.max(1, Math.round(SIDE / Math.max(height, width)));
    /** @type {[number, number]} height, width */
    this.size = [height * times, width * times];
    this.canvas = element("canvas.pad", {
      width: this.size[1],
      height: this.size[0],
      tabindex: 0,
      role: "img",
      "aria-label": t("Draw here"),
      onpointerdown: (event) => this.#begin(event),
      onpointermove: (event) => this.#stroke && this.#go(event),
      onpointerup: (event) => this.#end(event),
      onpointercancel: (event) => this.#end(event),
    });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.hint = element("p.pad-hint", { text: t("Draw here") });
    this.node = element("div.pad-frame", {}, this.canvas, this.hint);
    this.tools = this.#tools();
    this.background = `rgb(${Array(3).fill(wants.background).join()})`;
    /** @type {Uint8Array<ArrayBuffer> | null} an image that nothing was drawn over yet */
    this.loaded = null;
    this.empty = true;
    this.#wipe();
  }

  /** The model's input; null while nothing is drawn. @returns {Uint8Array<ArrayBuffer> | null} */
  input() {
    if (this.loaded) return this.loaded;
    if (this.empty) return null;
    const { data } = this.context.getImageData(0, 0, this.size[1], this.size[0]);
    return toInput(data, this.size, this.shape, this.wants);
  }

  /** Show an image of the model's size, which can be drawn on. @param {Uint8Array<ArrayBuffer>} pixels @param {string} name */
  load(pixels, name) {
    this.#undone.length = 0;
    this.#stroke = null;
    this.name = name;
    this.#paste(pixels);
    this.#showTools();
  }

  /** For `restore`. @returns {Content} */
  content() {
    return { image: this.context.getImageData(0, 0, this.size[1], this.size[0]), loaded: this.loaded, empty: this.empty, name: this.name };
  }

  /** @param {Content} content */
  restore({ image, loaded, empty, name }) {
    this.#stroke = null; // cancels a stroke in progress
    this.context.putImageData(image, 0, 0);
    this.loaded = loaded;
    this.empty = empty;
    this.name = name;
    this.#showTools();
    this.onBegin(name);
  }

  clear() {
    this.#remember();
    this.#stroke = null;
    this.#wipe();
    this.#showTools();
    this.onBegin("");
    this.onChange();
  }

  undo() {
    const before = this.#undone.pop();
    if (!before) return;
    this.restore(before);
    this.onChange();
  }

  #tools() {
    this.undoButton = button(t("Undo"), t("Undo the last stroke (Ctrl Z)"), () => this.undo());
    this.clearButton = button(t("Clear"), t("Clear the drawing"), () => this.clear());
    this.eraser = button(t("Eraser"), t("Switch the eraser on or off (E)"), () => this.erase());
    const longer = Math.max(...this.size);
    this.thickness = element("input", { type: "range", min: longer / 60, max: longer / 5, step: "any", value: STROKE * longer, "aria-label": t("Thickness") });
    /** @type {HTMLElement[]} */
    const parts = [this.undoButton, this.clearButton, this.eraser, element("label.thickness", { title: t("Thickness of strokes") }, t("Thin"), this.thickness, t("Thick"))];
    if (this.shape[2] === 3 && this.wants.content === "scene") {
      this.color = element("input", { type: "color", value: "#e0503f", "aria-label": t("Colour") });
      parts.push(this.color);
    }
    return element("div.toolbar.pad-tools", { role: "toolbar", "aria-label": t("Drawing") }, ...parts);
  }

  /** @param {boolean} [erasing] toggles by default */
  erase(erasing = !this.#erasing) {
    this.#erasing = erasing;
    this.eraser.setAttribute("aria-pressed", String(erasing));
  }

  #begin(event) {
    if (event.button !== 0 || this.#stroke) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.#remember();
    this.#stroke = { pointer: event.pointerId, at: this.#at(event) };
    this.loaded = null;
    this.empty = false;
    this.name = "drawn";
    this.hint.hidden = true;
    this.onBegin(this.name);
    this.#line(this.#stroke.at, this.#stroke.at, event);
    this.onChange(event.timeStamp);
  }

  #go(event) {
    if (event.pointerId !== this.#stroke.pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) {
      const next = this.#at(one);
      this.#line(this.#stroke.at, next, one);
      this.#stroke.at = next;
    }
    this.onChange(event.timeStamp);
  }

  #end(event) {
    if (event.pointerId !== this.#stroke?.pointer) return;
    this.#stroke = null;
    this.#showTools();
    this.onChange();
  }

  #line([x, y], [toX, toY], event) {
    const { context } = this;
    const pressure = event.pointerType === "pen" && event.pressure ? event.pressure / FULL : 1;
    context.lineWidth = this.thickness.valueAsNumber * Math.min(1.6, Math.max(0.4, pressure));
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = this.#erasing ? this.background : (this.color?.value ?? (this.wants.light ? "#fff" : "#000"));
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.stroke();
  }

  /** A place on the canvas. @param {PointerEvent} event @returns {[number, number]} */
  #at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * this.size[1], ((event.clientY - top) / height) * this.size[0]];
  }

  #remember() {
    this.#undone.push(this.content());
    if (this.#undone.length > UNDO) this.#undone.shift();
  }

  #paste(pixels) {
    const [height, width] = this.shape;
    const small = new OffscreenCanvas(width, height);
    small.getContext("2d").putImageData(toImageData(pixels, this.shape), 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(small, 0, 0, this.size[1], this.size[0]);
    this.loaded = pixels;
    this.empty = false;
  }

  #wipe() {
    this.context.fillStyle = this.background;
    this.context.fillRect(0, 0, this.size[1], this.size[0]);
    this.loaded = null;
    this.empty = true;
    this.name = "";
    this.#showTools();
  }

  #showTools() {
    this.hint.hidden = !this.empty;
    this.undoButton.disabled = !this.#undone.length;
    this.clearButton.disabled = this.empty;
  }
}
