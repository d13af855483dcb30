/**
 * The read-out of the measured latency, from the input event to the new pixels.
 */

import { element, setText } from "./dom.js";
import { KeyHelp } from "./key_help.js";
import { t } from "./language.js";

const KEPT = 240; // samples: four seconds of dragging at 60 a second
const REFRESH = 250; // ms; faster cannot be read

/** The q-quantile of some numbers, by nearest rank; NaN without numbers. */
export function quantile(numbers, q) {
  if (!numbers.length) return NaN;
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** Frames per second from the first to the last frame; NaN while there are too few. */
export function frameRate(times) {
  return times.length < 3 ? NaN : ((times.length - 1) * 1000) / (times[times.length - 1] - times[0]);
}

export class Readout {
  #latencies = [];
  #frames = [];
  decode = NaN;
  #device = "";
  #runtime = "";
  #timer = 0;

  /** @param {import("./key_help.js").Keys} [keys] of the page */
  constructor(keys = []) {
    this.node = element("div.readout", { "aria-live": "off" });
    this.#fields = {
      p50: this.#field(t("input to pixels"), 9, t("Median time from an input event to the new pixels on the canvas.")),
      p95: this.#field("p95", 9, t("95 % of the pictures took at most this time.")),
      fps: this.#field("", 12, t("New pictures per second while something moves.")),
      decode: this.#field(t("decode"), 28, t("The part of the time that the model takes on the server.")),
    };
    if (keys.length) {
      this.help = new KeyHelp(keys);
      this.node.append(this.help.node);
    }
  }

  destroy() {
    this.help?.destroy();
  }
  #fields;

  /** @param {number | undefined} since time of the input event @param {import("./protocol.js").Reply} reply */
  drew(since, reply) {
    const now = performance.now();
    if (since !== undefined) push(this.#latencies, now - since);
    // A pause does not count as a slow frame.
    if (this.#frames.length && now - this.#frames[this.#frames.length - 1] > 250) this.#frames.length = 0;
    push(this.#frames, now);
    this.decode = reply.milliseconds;
    this.#device = reply.device;
    this.#timer ||= setTimeout(() => this.#show(), REFRESH);
  }

  /** @param {{runtime?: string}} opened the server's description of the model */
  opened(opened) {
    this.#runtime = opened.runtime ? ` · ${opened.runtime}` : "";
  }

  /** Everything measured so far, for benchmarks and tests. */
  figures() {
    return { latencies: [...this.#latencies], frames: [...this.#frames] };
  }

  clear() {
    this.#latencies.length = this.#frames.length = 0;
  }

  #show() {
    this.#timer = 0;
    const fields = this.#fields;
    setField(fields.p50, quantile(this.#latencies, 0.5), 1, "ms");
    setField(fields.p95, quantile(this.#latencies, 0.95), 1, "ms");
    setField(fields.fps, frameRate(this.#frames), 0, t("frames/s"));
    setField(fields.decode, this.decode, 1, t("ms on {device}", { device: `${this.#device}${this.#runtime}` }));
  }

  /** @param {string} label @param {number} characters that fit into its box @param {string} title */
  #field(label, characters, title) {
    const value = element("span.number", { text: "–" });
    const box = element("b", {}, value);
    box.style.setProperty("--characters", String(characters));
    this.node.append(element("span.figure", { title }, label ? `${label} ` : "", box));
    return value;
  }
}

function setField(node, value, decimals, unit) {
  setText(node, Number.isFinite(value) ? `${value.toFixed(decimals)} ${unit}` : `– ${unit}`);
}

function push(list, value) {
  if (list.length >= KEPT) list.shift();
  list.push(value);
}
