/**
 * The cropper: a picture with a box around the detected object, which can be drawn, moved and resized.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { toImageData } from "../core/picture.js";

const GRAB = 14; // CSS pixels around a corner
const LEAST = 0.02; // share of a side
const NUDGE = 0.01;

/** @typedef {[number, number, number, number]} Box left, top, right, bottom, as shares of the picture */

export class Cropper {
  #drag = null; // {kind, start: [x, y], box}

  /** @param {(box: Box, resting: boolean) => void} onCrop */
  constructor(onCrop) {
    this.onCrop = onCrop;
    this.canvas = element("canvas.whole");
    this.frame = element("div.crop-box", { hidden: true });
    this.node = element(
      "div.cropper",
      {
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("crop box"),
        "aria-label": t("Your picture: draw a box around the object. Arrow keys move it; with Shift they resize it"),
        onpointerdown: (event) => this.#begin(event),
        onpointermove: (event) => (this.#drag ? this.#go(event) : this.#hover(event)),
        onpointerup: () => this.#end(),
        onpointercancel: () => this.#end(),
        onkeydown: (event) => this.#key(event),
      },
      this.canvas,
      this.frame,
    );
  }

  /**
   * @param {Uint8Array} pixels upright
   * @param {[number, number, number]} shape
   * @param {0 | 90 | 180 | 270} turn counter-clockwise
   */
  setPicture(pixels, shape, turn) {
    const [height, width] = shape;
    const flat = new OffscreenCanvas(width, height);
    flat.getContext("2d").putImageData(toImageData(pixels, shape), 0, 0);
    const across = turn % 180 === 0;
    this.canvas.width = across ? width : height;
    this.canvas.height = across ? height : width;
    this.node.style.setProperty("--ratio", String(this.canvas.width / this.canvas.height));
    const context = this.canvas.getContext("2d");
    context.translate(this.canvas.width / 2, this.canvas.height / 2);
    context.rotate((-turn * Math.PI) / 180);
    context.drawImage(flat, -width / 2, -height / 2);
  }

  /** Show an empty canvas while another picture is read. */
  clear() {
    this.setBoxes(null, null);
    this.canvas.width = this.canvas.width; // wipes all of it, also where `setPicture` has turned the axes
  }

  /** @param {Box | null} crop set by hand @param {Box | null} found detected */
  setBoxes(crop, found) {
    this.crop = crop;
    if (!this.#drag) this.#show(crop ?? found, Boolean(crop));
  }

  #show(box, own) {
    this.box = box;
    this.frame.hidden = !box;
    if (!box) return;
    const [left, top, right, bottom] = box;
    Object.assign(this.frame.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
    this.frame.classList.toggle("own", own);
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.node.focus({ preventScroll: true });
    this.node.setPointerCapture(event.pointerId);
    const start = this.#at(event);
    const kind = this.#kindAt(event);
    this.#drag = { kind, start, box: kind === "new" ? [...start, ...start] : [...this.box] };
  }

  #go(event) {
    const { kind, start, box } = this.#drag;
    const [x, y] = this.#at(event);
    const [left, top, right, bottom] = box;
    let next;
    if (kind === "new") next = [start[0], start[1], x, y];
    else if (kind === "move") {
      const dx = Math.min(1 - right, Math.max(-left, x - start[0]));
      const dy = Math.min(1 - bottom, Math.max(-top, y - start[1]));
      next = [left + dx, top + dy, right + dx, bottom + dy];
    } else next = [kind.includes("w") ? x : left, kind.includes("n") ? y : top, kind.includes("e") ? x : right, kind.includes("s") ? y : bottom];
    this.#drag.moved = true;
    this.#take(ordered(next), false);
  }

  #end() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.moved && this.crop) this.#take(this.crop, true);
  }

  #take(box, resting) {
    if (box[2] - box[0] < LEAST || box[3] - box[1] < LEAST) return;
    this.crop = box;
    this.#show(box, true);
    this.onCrop(box, resting);
  }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !this.box) return;
    event.preventDefault();
    event.stopPropagation();
    let [left, top, right, bottom] = this.box;
    const [dx, dy] = step.map((one) => one * NUDGE);
    if (!event.shiftKey) {
      if (left + dx < 0 || right + dx > 1 || top + dy < 0 || bottom + dy > 1) return;
      [left, top] = [left + dx, top + dy];
    }
    this.#take([left, top, Math.min(1, Math.max(left + LEAST, right + dx)), Math.min(1, Math.max(top + LEAST, bottom + dy))], true);
  }

  #hover(event) {
    const kind = this.#kindAt(event);
    this.node.style.cursor = { new: "crosshair", move: "move" }[kind] ?? `${kind}-resize`;
  }

  /** "new", "move", or the corner or side that is grabbed: "nw", "e", … */
  #kindAt(event) {
    if (!this.box) return "new";
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const [l, t, r, b] = [this.box[0] * width, this.box[1] * height, this.box[2] * width, this.box[3] * height];
    if (x < l - GRAB || x > r + GRAB || y < t - GRAB || y > b + GRAB) return "new";
    const kind = (Math.abs(y - t) < GRAB ? "n" : Math.abs(y - b) < GRAB ? "s" : "") + (Math.abs(x - l) < GRAB ? "w" : Math.abs(x - r) < GRAB ? "e" : "");
    return kind || "move";
  }

  #at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [clamp((event.clientX - left) / width), clamp((event.clientY - top) / height)];
  }
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}

/** @param {number[]} box of any two corners @returns {Box} */
export function ordered([x, y, toX, toY]) {
  return [Math.min(x, toX), Math.min(y, toY), Math.max(x, toX), Math.max(y, toY)];
}
