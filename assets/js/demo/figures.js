/**
 * The read-out of measured times: to decode a picture, and from the input event to its pixels.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { frameRate, quantile } from "../core/readout.js";

const KEPT = 240;
const REFRESH = 250; // ms; faster cannot be read

export class Figures {
  #measured = { decode: [], hand: [], frames: [] };
  #timer = 0;

  constructor() {
    this.node = element("div.readout", { "aria-live": "off" });
    const field = (label, title) => {
      const value = element("b", { text: "–" });
      this.node.append(element("span.figure", { title }, `${label} `, value));
      return value;
    };
    this.fields = {
      decode: field(t("decoded in"), t("Median time to decode a picture in this browser, on one core.")),
      hand: field(t("input to pixels"), t("Median and 95th percentile of the time from an input event to the new pixels on the canvas.")),
      frames: field(t("frames/s"), t("New pictures per second while something moves.")),
    };
  }

  /** @param {number} decode ms @param {number | undefined} since time of the input event */
  drew(decode, since) {
    const now = performance.now();
    const { frames, hand } = this.#measured;
    if (frames.length && now - frames[frames.length - 1] > 250) frames.length = 0; // a pause is not a slow frame
    push(frames, now);
    push(this.#measured.decode, decode);
    if (since !== undefined) push(hand, now - since);
    this.#timer ||= setTimeout(() => this.#show(), REFRESH);
  }

  /** Everything kept, for tests and benchmarks. */
  all() {
    return { ...this.#measured };
  }

  #show() {
    this.#timer = 0;
    const { decode, hand, frames } = this.#measured;
    const tell = (field, values, words) => {
      field.textContent = values.every(Number.isFinite) ? words(...values) : "–";
    };
    tell(this.fields.decode, [quantile(decode, 0.5)], (median) => `${median.toFixed(1)} ms`);
    tell(this.fields.hand, [0.5, 0.95].map((q) => quantile(hand, q)), (median, late) => `${median.toFixed(1)} ms, p95 ${late.toFixed(1)}`);
    tell(this.fields.frames, [frameRate(frames)], (rate) => rate.toFixed(0));
  }
}

function push(list, value) {
  if (list.length >= KEPT) list.shift();
  list.push(value);
}
