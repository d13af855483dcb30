/**
 * The stops of the path in their order: add, move, remove.
 */

import { element, focusedNear } from "../core/dom.js";
import { Stop } from "./stop.js";

const MOST = 12;

export class Stops {
  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/data.js").Data} data
   * @param {object} means see `Stop`; and `onArrange`: called when stops or their order change
   */
  constructor(model, data, means) {
    this.model = model;
    this.data = data;
    this.means = means;
    /** @type {Stop[]} */
    this.list = [];
    this.least = 2;
    this.node = element("div.stops");
    this.addButton = element("button", { type: "button", text: "+ Add stop", title: "Add a stop at the end", onclick: () => this.add() });
  }

  get length() {
    return this.list.length;
  }

  get isFull() {
    return this.length >= MOST;
  }

  /** Add a stop at the end. @param {{z: number[], image: number | null, hold: number} | null} [from] a random image, of another class than the others, when null */
  add(from = null) {
    const stop = new Stop(this.model, this.data, {
      ...this.means,
      onMove: (stop, by) => this.#move(stop, by),
      onRemove: (stop) => this.#remove(stop),
    });
    stop.hold.value = String(from?.hold ?? 0);
    this.list.push(stop);
    this.#arranged();
    if (from) stop.attempt(() => stop.start(from));
    else stop.attempt(() => stop.begin(() => this.list.filter((other) => other !== stop)));
  }

  reverse() {
    this.list.reverse();
    this.#arranged();
  }

  /** @param {number} count least number of stops; missing ones are added */
  setLeast(count) {
    this.least = count;
    while (this.length < count) this.add();
    this.#name();
  }

  #move(stop, by) {
    const from = this.list.indexOf(stop);
    this.list.splice(from, 1);
    this.list.splice(from + by, 0, stop);
    this.#arranged();
  }

  #remove(stop) {
    const at = this.list.indexOf(stop);
    this.list.splice(at, 1);
    this.#arranged();
    this.list[Math.min(at, this.length - 1)].remove.focus();
  }

  #name() {
    this.list.forEach((stop, i) => stop.name(i, this.length, this.least));
  }

  #arranged() {
    this.#name();
    const focused = focusedNear(this.node);
    for (const card of [...this.node.children]) if (!this.list.some(({ node }) => node === card)) card.remove();
    this.list.forEach(({ node }, i) => this.node.children[i] !== node && this.node.insertBefore(node, this.node.children[i] ?? null));
    if (focused?.isConnected && this.node.contains(focused)) focused.focus(); // a card that moved has lost the focus
    this.node.dataset.count = String(this.length);
    this.addButton.disabled = this.isFull;
    this.means.onArrange();
  }
}
