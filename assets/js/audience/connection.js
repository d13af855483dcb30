/** The connection of a phone to its room. A lost connection is opened again, at once when the phone is used again. */

import { unpackFrame } from "./frames.js";

const FIRST_RETRY = 500; // ms; doubled after each attempt
const LAST_RETRY = 5000; // ms, the longest
const SEND_EVERY = 100; // ms
const FULL = 1013;
const FINAL = new Set([1003, 1007, 1008, 1009]); // close codes after which a new connection would fail too

/** @typedef {"connecting" | "open" | "lost" | "full" | "ended" | "refused"} ConnectionState */

export class RoomConnection {
  /** @type {WebSocket | null} */
  #socket = null;
  #retry = FIRST_RETRY;
  #timer = 0;
  #sending = 0; // timer of the next move
  #sent = -SEND_EVERY; // when the last one was sent, in performance.now() time
  /** @type {Map<number, number>} values by dimension that are not sent yet */
  #values = new Map();
  /** @type {number | null} */
  #class = null; // not sent yet
  #wake = () => document.visibilityState === "visible" && this.#socket?.readyState !== 1 && this.#again();
  #online = () => this.#again(); // the old connection may be lost without a sign

  /**
   * @param {string} url
   * @param {{onConnection: (state: ConnectionState) => void, onState: (state: import("../core/messages.js").RoomState) => void, onPicture: (picture: import("./frames.js").Picture) => void}} on
   */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    document.addEventListener("visibilitychange", this.#wake);
    addEventListener("online", this.#online);
    on.onConnection("connecting");
    this.#connect();
  }

  /** Ask the speaker's page to set these values. @param {[number, number][]} values dimension and value @param {number | null} [chosen] class */
  move(values, chosen = null) {
    for (const [index, value] of values) this.#values.set(index, value);
    this.#class = chosen ?? this.#class;
    this.#sending ||= setTimeout(() => this.#send(), Math.max(0, this.#sent + SEND_EVERY - performance.now()));
  }

  #send() {
    this.#sending = 0;
    if (this.#socket?.readyState !== 1) return;
    if (this.#socket.bufferedAmount) {
      // A slow connection: only the newest values will be sent.
      this.#sending = setTimeout(() => this.#send(), SEND_EVERY);
      return;
    }
    this.#sent = performance.now();
    this.#socket.send(JSON.stringify({ type: "move", values: [...this.#values], class: this.#class }));
    this.#values.clear();
    this.#class = null;
  }

  #connect() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#heard(unpackFrame(data));
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return;
      if (FINAL.has(code)) this.#finish("refused");
      else this.#lost(code === FULL ? "full" : "lost");
    };
  }

  /** @param {ReturnType<typeof unpackFrame>} frame */
  #heard(frame) {
    if ("picture" in frame) {
      this.on.onPicture(frame.picture);
    } else if (frame.state.type === "ended") {
      this.#finish("ended");
    } else {
      this.#retry = FIRST_RETRY;
      this.on.onConnection("open");
      this.on.onState(frame.state);
    }
  }

  /** @param {"lost" | "full"} state */
  #lost(state) {
    this.on.onConnection(state);
    this.#timer = setTimeout(() => this.#connect(), this.#retry);
    this.#retry = Math.min(LAST_RETRY, this.#retry * 2);
  }

  #again() {
    const before = this.#socket;
    clearTimeout(this.#timer);
    this.#connect();
    before?.close();
  }

  /** @param {"ended" | "refused"} state */
  #finish(state) {
    this.#socket = null;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#wake);
    removeEventListener("online", this.#online);
    this.on.onConnection(state);
  }
}
