/**
 * Legs of paths, from the server and kept: moving a stop or adding one asks for what is new alone.
 */

import { BEFORE, SAMPLES } from "./path.js";
import { straightLeg } from "./straight.js";
import { readLines } from "../core/stream.js";

const KEPT = 400; // legs
const AT_ONCE = 2; // as many as the server finds at once; a browser has six connections for everything
const AT_A = ((SAMPLES - 1) * BEFORE) / (1 + 2 * BEFORE); // of a leg's codes
const AT_B = SAMPLES - 1 - AT_A;

export class Finder {
  #legs = new Map(); // key → leg, least recently used first
  #asked = new Map(); // leg → {controller, answer: promise}
  #turn = 0;

  /** @param {string} url of the path route @param {number} latentDim */
  constructor(url, latentDim) {
    Object.assign(this, { url, latentDim });
  }

  destroy() {
    this.#turn++;
    for (const { controller } of this.#asked.values()) controller.abort();
  }

  /**
   * The legs of one path through some codes; those that are not there yet have no codes, or no report.
   *
   * @param {import("./row.js").PathKind} path
   * @param {Float32Array[]} codes
   * @returns {(import("./path.js").Leg & {query: string})[]}
   */
  legs({ key: kind, script }, codes) {
    return codes.slice(1).map((b, i) => {
      const a = codes[i];
      const query = `kind=${kind}&a=${written(a)}&b=${written(b)}`;
      const leg = this.#legs.get(query) ?? { kind, script, query, a, b, codes: script ? straightLeg(script, a, b, this.latentDim) : null, report: null };
      this.#legs.delete(query);
      this.#legs.set(query, leg);
      if (this.#legs.size > KEPT) this.#legs.delete(this.#legs.keys().next().value);
      return leg;
    });
  }

  /**
   * Ask for what legs lack, in their order. What was asked for before goes on where it is still wanted, else it is given up.
   *
   * @param {(import("./path.js").Leg & {query: string})[][]} waves all of one before the next: they share two cores
   * @param {(leg: object) => void} onCome something of a leg has come
   * @param {(leg: object, error: Error) => void} onFail
   */
  async find(waves, onCome, onFail) {
    const turn = ++this.#turn;
    Object.assign(this, { onCome, onFail });
    const wanted = new Set(waves.flat());
    for (const [leg, { controller }] of this.#asked) if (!wanted.has(leg)) controller.abort();
    for (const wave of waves) {
      const left = wave.filter(({ report }) => !report);
      const work = async () => {
        while (left.length && turn === this.#turn) await this.#ask(left.shift());
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
  }

  /** Resolves when it has come, failed, or been given up. */
  #ask(leg) {
    const before = this.#asked.get(leg);
    if (before && !before.controller.signal.aborted) return before.answer;
    const controller = new AbortController();
    const { signal } = controller;
    const answer = readLines(`${this.url}?${leg.query}`, signal, (line) => {
      if (signal.aborted) return;
      // What is made here is exact; the server rounds, but not the ends.
      if (!leg.script) leg.codes = line.codes.with(AT_A, leg.a).with(AT_B, leg.b);
      if (line.done) leg.report = line;
      this.onCome(leg);
    })
      .catch((error) => signal.aborted || this.onFail(leg, error))
      .finally(() => this.#asked.get(leg)?.controller === controller && this.#asked.delete(leg));
    this.#asked.set(leg, { controller, answer });
    return answer;
  }
}

function written(code) {
  return Array.from(code, (value) => Number(value.toFixed(5))).join();
}
