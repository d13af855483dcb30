/**
 * The speaker's side of a room: phones follow the point of the page that is open, and move it where that is allowed. A document
 * has one broadcast, which outlives its pages: the next page with a point goes on with it, also after a reload.
 */

import { oneHot } from "./classes.js";
import { channelUrl } from "./channel.js";
import { faultText } from "./failure.js";
import { t } from "./language.js";
import { Paced } from "./paced.js";

const PUBLISH_EVERY = 25; // ms; the server shows ten points a second
const REST_AFTER = 400; // ms after the last move of a phone
const FIRST_RETRY = 250; // ms; doubled after each attempt
const LAST_RETRY = 4000; // ms, the longest
const FINAL = new Set([1003, 1007, 1008, 1009]); // close codes after which a new connection would fail too
const KEPT = "zscope-room"; // key in the session storage: token and key of the open room

/**
 * @typedef {object} Followed what phones follow
 * @property {string} model id
 * @property {number} latentDim length of z
 * @property {import("./point.js").Point} point
 * @property {(text: string) => void} say shows a message on the page
 * @property {() => void} [onMove] called before a phone moves the point
 * @property {string} [fixed] why phones cannot move the point of this page
 */

/** @typedef {"off" | "opening" | "open" | "lost"} BroadcastState */

export class Broadcast extends EventTarget {
  /** @type {BroadcastState} */
  state = "off";
  /** Why the session is off, for the speaker; "" at first. */
  reason = "";
  /** Number of connected phones. */
  count = 0;
  /** Whether phones may move the point. */
  moving = false;
  /** @type {import("./messages.js").RoomOpened | null} */
  room = null;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Followed | null} */
  #followed = null;
  /** @type {{token: string, key: string} | null} of the open room */
  #secret = null;
  #model = ""; // of the points that the server expects
  #retry = FIRST_RETRY;
  #timer = 0;
  #restTimer = 0;
  #publishing = new Paced(PUBLISH_EVERY, () => this.#publish());
  #onMove = (/** @type {import("./point.js").MoveEvent} */ { change }) => change.rest || this.#publishing.call();
  /** @type {{resolve: (room: import("./messages.js").RoomOpened) => void, reject: (error: Error) => void}[]} calls of `start` */
  #starting = [];

  /** The document's broadcast. @param {string} base of our routes @returns {Broadcast} */
  static of(base) {
    return (current ??= new Broadcast(base));
  }

  /** @param {string} base of our routes */
  constructor(base) {
    super();
    this.base = base;
  }

  /**
   * Let phones follow this point from now on. A room that was open before a reload is taken up again.
   *
   * @param {Followed} followed
   */
  follow(followed) {
    this.#leave();
    this.#followed = followed;
    followed.point.addEventListener("move", this.#onMove);
    if (this.state === "open") {
      this.#sendModel();
      this.#publish();
    } else if (this.state === "off" && kept()) this.#connect();
  }

  /** Phones keep the last picture of this point until another one is followed. @param {import("./point.js").Point} point */
  release(point) {
    if (this.#followed?.point === point) this.#leave();
  }

  /**
   * Open a room for the followed point.
   *
   * @returns {Promise<import("./messages.js").RoomOpened>} its links and QR codes
   * @throws {Error} the server refuses
   */
  start() {
    if (this.state === "open") return Promise.resolve(this.room);
    return new Promise((resolve, reject) => {
      this.#starting.push({ resolve, reject });
      if (this.state === "off") this.#connect();
    });
  }

  /** Let phones move the point, or not. @param {boolean} on */
  allowMoving(on) {
    this.moving = on;
    this.#send(JSON.stringify({ type: "moving", allowed: on }));
    this.#changed();
  }

  /** End the room. */
  stop() {
    this.#send(JSON.stringify({ type: "end" }));
    this.#off(t("You ended the session."));
  }

  #leave() {
    this.#followed?.point.removeEventListener("move", this.#onMove);
    this.#followed = null;
    this.#publishing.cancel();
    clearTimeout(this.#restTimer);
  }

  #connect() {
    this.#setState(this.state === "off" ? "opening" : this.state);
    const socket = new WebSocket(channelUrl(`${this.base}/audience`));
    this.#socket = socket;
    socket.onopen = () => {
      this.#model = this.#followed?.model ?? this.#model;
      socket.send(JSON.stringify({ type: "open", protocol: 1, model: this.#model, ...(this.#secret ?? kept()) }));
    };
    socket.onmessage = ({ data }) => socket === this.#socket && this.#heard(JSON.parse(data));
    socket.onclose = ({ code, reason }) => {
      if (socket !== this.#socket) return;
      if (FINAL.has(code)) this.#off(t(reason) || t("The server ended the session."));
      else if (!this.#secret && !kept()) this.#off(t(reason) || t("The server could not be reached. Try again."));
      else this.#lost();
    };
  }

  #heard(message) {
    switch (message.type) {
      case "room":
        this.#opened(message);
        break;
      case "phones":
        this.count = message.count;
        this.#changed();
        break;
      case "move":
        this.#moved(message);
        break;
      case "error":
        this.#followed?.say(faultText(message));
        break;
    }
  }

  /** @param {import("./messages.js").RoomOpened} room */
  #opened(room) {
    this.room = room;
    this.count = room.count;
    this.#retry = FIRST_RETRY;
    // The server knows what was allowed in an earlier room; in this document the speaker may have changed it meanwhile.
    if (this.state === "lost" && this.moving !== room.moving) this.allowMoving(this.moving);
    else this.moving = room.moving;
    this.#secret = { token: room.token, key: room.key };
    keep(this.#secret);
    this.#setState("open");
    this.#sendModel();
    this.#publish();
    for (const { resolve } of this.#starting.splice(0)) resolve(room);
  }

  /** A phone moved the point. @param {import("./messages.js").RoomMove} move */
  #moved({ values, chosenClass }) {
    if (!this.#followed || !this.moving || this.#followed.model !== this.#model) return;
    const { point, latentDim, onMove, fixed, say } = this.#followed;
    if (fixed) return say(fixed);
    onMove?.();
    const z = movedCode(point.z, latentDim, values, chosenClass);
    point.move(z);
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => point.rest(), REST_AFTER);
  }

  /** The code must be one of the model that the server expects. */
  #sendModel() {
    if (!this.#followed || this.#followed.model === this.#model) return;
    this.#model = this.#followed.model;
    this.#send(JSON.stringify({ type: "model", model: this.#model }));
  }

  #publish() {
    if (this.#followed && this.state === "open") this.#send(new Float32Array(this.#followed.point.z));
  }

  /** @param {string | Float32Array<ArrayBuffer>} message */
  #send(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(message);
  }

  #lost() {
    this.#setState("lost");
    this.#timer = setTimeout(() => this.#connect(), this.#retry);
    this.#retry = Math.min(LAST_RETRY, this.#retry * 2);
  }

  /** @param {string} reason */
  #off(reason) {
    clearTimeout(this.#timer);
    keep(null);
    const socket = this.#socket;
    this.#socket = this.#secret = this.room = null;
    this.count = 0;
    this.moving = false;
    this.reason = reason;
    this.#model = "";
    this.#retry = FIRST_RETRY;
    this.#setState("off");
    socket?.close();
    for (const { reject } of this.#starting.splice(0)) reject(new Error(reason));
  }

  /** @param {BroadcastState} state */
  #setState(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @type {Broadcast | null} */
let current = null;

/**
 * A code after a phone's move. Pure.
 *
 * @param {Float32Array} z z, followed by the class weights of a conditional model
 * @param {number} latentDim
 * @param {[number, number][]} values dimension and value
 * @param {number | null} chosenClass
 */
export function movedCode(z, latentDim, values, chosenClass) {
  const code = Float32Array.from(z);
  for (const [index, value] of values) if (index < latentDim) code[index] = value;
  if (chosenClass !== null && chosenClass < z.length - latentDim) code.set(oneHot(z.length - latentDim, chosenClass), latentDim);
  return code;
}

/** Token and key of the room that this tab opened; null if there is none. @returns {{token: string, key: string} | null} */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null; // the browser allows no storage, or the text was changed
  }
}

/** @param {{token: string, key: string} | null} room */
function keep(room) {
  try {
    if (room) sessionStorage.setItem(KEPT, JSON.stringify(room));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Without storage, the room cannot be taken up again after a reload.
  }
}
