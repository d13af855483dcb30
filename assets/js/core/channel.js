/**
 * The live channel of one model. Newer requests replace older ones; a lost connection is opened again.
 *
 * Each (operation, lane) is a slot with at most one request in flight. A new request replaces the one that waits, so a slow
 * server reduces the frame rate and does not add lag.
 */

import { faultText } from "./failure.js";
import { t } from "./language.js";
import { Operation, packFrame, unpackFrame } from "./protocol.js";

const FIRST_RETRY = 250; // ms; doubled after each attempt
const LAST_RETRY = 4000; // ms, the longest
// Close codes after which a new connection would fail too: wrong kind, malformed, refused, too big (docs/live-protocol.md).
const FINAL = new Set([1003, 1007, 1008, 1009]);

/**
 * @typedef {object} Status
 * @property {"opening" | "open" | "lost" | "refused"} state
 * @property {string} [message] why it was refused
 * @property {{latent_dim: number, image_shape: number[], device: string, runtime?: string}} [opened] the server's description of the model
 */

/**
 * @typedef {object} Request
 * @property {number} rows
 * @property {Float32Array | Uint8Array} payload
 * @property {(reply: import("./protocol.js").Reply<any>) => void} then
 */

/** @typedef {{inFlight: (Request & {sequence: number}) | null, next: Request | null}} Slot */

export class LiveChannel {
  /** @type {Map<number, Slot>} */
  #slots = new Map();
  /** @type {WebSocket | null} */
  #socket = null;
  #sequence = 0;
  #retry = FIRST_RETRY;
  #timer = 0;
  #open = false;

  /**
   * @param {string} url of the channel, ws: or wss:
   * @param {string} model id
   * @param {(status: Status) => void} onStatus
   * @param {(error: {code: string, message: string, mend: string}) => void} onError called when the server refuses a request
   */
  constructor(url, model, onStatus, onError) {
    this.url = url;
    this.model = model;
    this.onStatus = onStatus;
    this.onError = onError;
    this.#connect();
  }

  /**
   * Send a request. Only the newest request of an (operation, lane) is sure to get its reply.
   *
   * @template {number} O
   * @param {O} operation one of `Operation`
   * @param {number} lane lower lanes are served first
   * @param {number} rows
   * @param {Float32Array | Uint8Array} payload must not change until the reply
   * @param {(reply: import("./protocol.js").Reply<O>) => void} then
   */
  ask(operation, lane, rows, payload, then) {
    const slot = this.#slot(operation, lane);
    const request = { rows, payload, then };
    if (this.#open && !slot.inFlight) this.#send(operation, lane, slot, request);
    else slot.next = request;
  }

  close() {
    this.#open = false; // later requests get no reply
    clearTimeout(this.#timer);
    this.#slots.clear();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #slot(operation, lane) {
    const key = operation * 8 + lane;
    let slot = this.#slots.get(key);
    if (!slot) this.#slots.set(key, (slot = { inFlight: null, next: null }));
    return slot;
  }

  #send(operation, lane, slot, request) {
    const sequence = (this.#sequence = (this.#sequence + 1) >>> 0);
    slot.inFlight = { ...request, sequence };
    this.#socket.send(packFrame(operation, lane, sequence, request.rows, request.payload));
  }

  #connect() {
    this.onStatus({ state: "opening" });
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "open", protocol: 1, model: this.model }));
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      if (typeof event.data === "string") this.#opened(JSON.parse(event.data));
      else this.#answered(unpackFrame(event.data));
    };
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.#socket) return;
      if (FINAL.has(code)) this.#refused(t("The server closed the channel: {reason} Reload the page.", { reason: t(reason) }));
      else this.#lost();
    };
  }

  #opened(answer) {
    if (answer.type === "error") {
      this.#refused(faultText(answer)); // the server closes
      return;
    }
    this.#open = true;
    this.#retry = FIRST_RETRY;
    for (const [key, slot] of this.#slots) this.#advance(key >> 3, key & 7, slot); // before requests of the listener
    this.onStatus({ state: "open", opened: answer });
  }

  #answered(reply) {
    if (reply.operation === Operation.ERROR) {
      for (const [key, slot] of this.#slots) {
        if (slot.inFlight?.sequence === reply.sequence) this.#advance(key >> 3, key & 7, slot);
      }
      this.onError(reply.body);
      return;
    }
    const slot = this.#slot(reply.operation, reply.lane);
    if (slot.inFlight?.sequence !== reply.sequence) return; // of a request that was replaced
    const { then } = slot.inFlight;
    this.#advance(reply.operation, reply.lane, slot);
    then(reply);
  }

  #advance(operation, lane, slot) {
    const { next } = slot;
    slot.inFlight = slot.next = null;
    if (next) this.#send(operation, lane, slot, next);
  }

  #refused(message) {
    this.#socket = null;
    this.#open = false;
    this.onStatus({ state: "refused", message });
  }

  #lost() {
    this.#open = false;
    // Send what was in flight again, unless a newer request waits.
    for (const slot of this.#slots.values()) {
      slot.next ??= slot.inFlight;
      slot.inFlight = null;
    }
    this.onStatus({ state: "lost" });
    this.#timer = setTimeout(() => this.#connect(), this.#retry);
    this.#retry = Math.min(LAST_RETRY, this.#retry * 2);
  }
}

/** The channel's address on the page's server. @param {string} path */
export function channelUrl(path) {
  const url = new URL(path, location.origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
