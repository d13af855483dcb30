/** Where the user is in the tour. The browser keeps it, so that the tour goes on when another page opens. */

import { browserStorage } from "../core/storage.js";

const KEY = "zscope-tour";

/** @typedef {"new" | "running" | "done"} State */

export class Progress {
  /** @param {Pick<Storage, "getItem" | "setItem">} [storage] */
  constructor(storage = browserStorage()) {
    this.storage = storage;
  }

  /** @returns {{state: State, step: number}} */
  read() {
    const text = this.storage.getItem(KEY);
    const step = Number(text);
    if (text === null) return { state: "new", step: 0 };
    return text !== "" && Number.isInteger(step) && step >= 0 ? { state: "running", step } : { state: "done", step: 0 };
  }

  /** @param {number} step */
  run(step) {
    this.#write(String(step));
  }

  end() {
    this.#write("done");
  }

  #write(text) {
    try {
      this.storage.setItem(KEY, text);
    } catch {
      // The browser has no space: the tour is offered again.
    }
  }
}
