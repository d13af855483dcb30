/** The phones' page: the speaker's picture, its class, the state of the session, and controls where the speaker allows them. */

import { element, setText } from "../core/dom.js";
import { t } from "../core/language.js";
import { RoomConnection } from "./connection.js";
import { Controls } from "./controls.js";
import { Screen } from "./screen.js";
import { classText, statusText } from "./texts.js";

export class RoomView {
  /** @type {import("../core/messages.js").RoomState | null} */
  #room = null;
  /** @type {import("./connection.js").ConnectionState} */
  #connection = "connecting";
  /** @type {Controls | null} */
  #controls = null;
  #identity = ""; // of the controls
  /** @type {import("./frames.js").Picture | null} */
  #shown = null;

  /** @param {HTMLElement} body @param {string} url of the room's WebSocket */
  constructor(body, url) {
    this.title = element("h1", { text: "Zscope" });
    this.status = element("p.status", { role: "status" });
    this.what = element("p.what", { title: t("Class of the nearest image") });
    this.screen = new Screen((picture) => this.#followed(picture), this.what);
    this.side = element("div.side");
    this.main = element("main", {}, element("figure", {}, this.screen.node), this.side);
    body.replaceChildren(element("header", {}, this.title, this.status), this.main);
    this.body = body;
    this.connection = new RoomConnection(url, {
      onConnection: (state) => this.#connected(state),
      onState: (room) => this.#changed(room),
      onPicture: (picture) => this.screen.show(picture).catch(() => {}), // damaged: the next one follows
    });
  }

  /** @param {import("./connection.js").ConnectionState} state */
  #connected(state) {
    this.#connection = state;
    this.#showStatus();
  }

  /** @param {import("../core/messages.js").RoomState} room */
  #changed(room) {
    this.#room = { ...this.#room, ...room }; // without a speaker, the last model stays
    if (room.title !== undefined) setText(this.title, room.title);
    this.#showStatus();
  }

  #showStatus() {
    setText(this.status, statusText(this.#connection, this.#room));
    const live = this.#connection === "open" && this.#room?.state === "live";
    this.body.classList.toggle("live", live);
    this.#showControls(live && this.#room.moving);
  }

  /** @param {boolean} allowed */
  #showControls(allowed) {
    const { controls, classes, classWeights, latentDim } = this.#room ?? {};
    const identity = allowed ? JSON.stringify([controls, classes, classWeights, latentDim]) : "";
    if (identity === this.#identity) return;
    this.#identity = identity;
    this.#controls = allowed ? new Controls(this.#room, (values, chosen) => this.connection.move(values, chosen)) : null;
    this.side.replaceChildren(...(this.#controls ? [this.#controls.node] : []));
    if (this.#shown) this.#followed(this.#shown);
  }

  /** @param {import("./frames.js").Picture} picture */
  #followed(picture) {
    this.#shown = picture;
    setText(this.what, classText(this.#room ?? { type: "room" }, picture.shownClass));
    this.#controls?.follow(picture.values);
  }
}
