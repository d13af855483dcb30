/** Follows the changes that a program such as `zscope osc` sends through the server, and reports the distance from the data. */

import { t } from "../core/language.js";

const AGAIN = 2000; // ms until the next attempt after the connection was lost
const REPORT_EVERY = 50; // ms

/**
 * @typedef {object} RemoteChange as `zscope/serving/remote.py` checks it
 * @property {number[]} [z] a whole code, without class weights
 * @property {Record<string, number>} [set] values by dimension
 * @property {Record<string, number>} [slider] positions on sliders, 0 to 1, by dimension
 * @property {boolean} [random] sample a code
 * @property {number} [class]
 */

export class Follower {
  /** @type {WebSocket | null} */
  #socket = null;
  #timer = 0;
  #reported = -Infinity;

  /**
   * @param {string} url of the remote route
   * @param {(change: RemoteChange) => void} onChange
   * @param {(text: string) => void} onState
   */
  constructor(url, onChange, onState) {
    this.url = url;
    this.onChange = onChange;
    this.onState = onState;
  }

  /** @param {boolean} on */
  follow(on) {
    clearTimeout(this.#timer);
    const before = this.#socket;
    this.#socket = null;
    before?.close();
    this.onState("");
    if (on) this.#open();
  }

  /** @param {number} percentile @param {number} distance from the data */
  report(percentile, distance) {
    const now = performance.now();
    if (!Number.isFinite(percentile + distance)) return;
    if (this.#socket?.readyState !== 1 || this.#socket.bufferedAmount || now - this.#reported < REPORT_EVERY) return;
    this.#reported = now;
    this.#socket.send(JSON.stringify({ percentile, distance }));
  }

  #open() {
    const socket = (this.#socket = new WebSocket(this.url));
    socket.onopen = () => socket.send(JSON.stringify({ role: "follow" }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if ("role" in message) this.onState(t("Waiting for messages. Start the bridge with: zscope osc"));
      else {
        this.onState(t("Receiving messages."));
        this.onChange(message);
      }
    };
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.#socket) return; // switched off
      this.onState(t(reason) || t("Connection lost. Reconnecting …"));
      if (code !== 1008) this.#timer = setTimeout(() => this.#open(), AGAIN);
    };
  }
}

/**
 * The code after a change; null if the change sets none. A sample is drawn elsewhere.
 *
 * @param {ArrayLike<number>} z the current code, without class weights
 * @param {RemoteChange} change
 * @param {Map<number, {low: number, high: number}>} ranges of the sliders, by dimension
 * @returns {number[] | null}
 * @throws {Error} it does not fit the model
 */
export function codeAfter(z, change, ranges) {
  if (!change.z && !change.set && !change.slider) return null;
  if (change.z && change.z.length !== z.length) throw new Error(t("A message has {values} values, but this model has {dimensions} dimensions.", { values: change.z.length, dimensions: z.length }));
  const code = Array.from(change.z ?? z);
  const check = (index) => {
    if (index >= code.length) throw new Error(t("A message names dimension {index}, but this model has {dimensions} dimensions, counted from 0.", { index, dimensions: code.length }));
  };
  for (const [index, value] of Object.entries(change.set ?? {})) {
    check(Number(index));
    code[index] = value;
  }
  for (const [index, share] of Object.entries(change.slider ?? {})) {
    check(Number(index));
    const { low, high } = ranges.get(Number(index));
    code[index] = low + share * (high - low);
  }
  return code;
}
