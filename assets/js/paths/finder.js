/**
 * Legs of paths, from the server and kept: moving a stop or adding one asks for what is new alone.
 */

import { BEFORE, SAMPLES } from "./course.js";
import { straightLeg } from "./straight.js";
import { readLines } from "./stream.js";

const KEPT = 400; // legs
const STRAIGHT = ["linear", "slerp"];
const AT_A = ((SAMPLES - 1) * BEFORE) / (1 + 2 * BEFORE); // of a leg's codes
const AT_B = SAMPLES - 1 - AT_A;

export class Finder {
  #legs = new Map(); // key → leg, least recently used first
  #asking = null; // AbortController

  /** @param {string} url of the path route @param {number} latentDim */
  constructor(url, latentDim) {
    Object.assign(this, { url, latentDim });
  }

  destroy() {
    this.#asking?.abort();
  }

  /**
   * The legs of one kind through some codes; those that are not there yet have no codes, or no report.
   *
   * @param {string} kind
   * @param {Float32Array[]} codes
   * @returns {(import("./course.js").Leg & {query: string})[]}
   */
  legs(kind, codes) {
    return codes.slice(1).map((b, i) => {
      const a = codes[i];
      const query = `kind=${kind}&a=${written(a)}&b=${written(b)}`;
      const leg = this.#legs.get(query) ?? { kind, query, a, b, codes: STRAIGHT.includes(kind) ? straightLeg(kind, a, b, this.latentDim) : null, report: null };
      this.#legs.delete(query);
      this.#legs.set(query, leg);
      if (this.#legs.size > KEPT) this.#legs.delete(this.#legs.keys().next().value);
      return leg;
    });
  }

  /**
   * Ask for what legs lack, in their order; what was asked for before is given up.
   *
   * @param {(import("./course.js").Leg & {query: string})[][]} waves all of one before the next: they share two cores
   * @param {(leg: object) => void} onCome something of a leg has come
   * @param {(leg: object, error: Error) => void} onFail
   * @returns {Promise<boolean>} whether all has come; false when it was given up
   */
  async find(waves, onCome, onFail) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    for (const wave of waves) {
      await Promise.all(
        wave.filter(({ report }) => !report).map((leg) =>
          this.#ask(leg, asking.signal, onCome).catch((error) => asking.signal.aborted || onFail(leg, error)),
        ),
      );
      if (asking.signal.aborted) return false;
    } // prettier-ignore
    return true;
  }

  #ask(leg, signal, onCome) {
    return readLines(`${this.url}?${leg.query}`, signal, (line) => {
      if (signal.aborted) return;
      if (line.error) throw new Error(line.error);
      // What is made here is exact; the server rounds, but not the ends.
      if (!STRAIGHT.includes(leg.kind)) leg.codes = line.codes.with(AT_A, leg.a).with(AT_B, leg.b);
      if (line.done) leg.report = line;
      onCome(leg);
    });
  }
}

function written(code) {
  return Array.from(code, (value) => Number(value.toFixed(5))).join();
}
