/**
 * Finds legs of paths on the server and caches them: a moved or added stop requests only the new legs.
 */

import { t } from "../core/language.js";
import { BEFORE, SAMPLES } from "./path.js";
import { straightLeg } from "./straight.js";
import { readLines } from "../core/stream.js";

const KEPT = 400; // legs
const AT_ONCE = 2; // as many as the server finds at once; a browser has six connections in all
const AT_A = ((SAMPLES - 1) * BEFORE) / (1 + 2 * BEFORE); // of a leg's codes
const AT_B = SAMPLES - 1 - AT_A;

/** @typedef {import("./path.js").Leg & {kind: string, script: string, query: string, a: Float32Array, b: Float32Array, note: string}} FoundLeg */

export class Finder {
  /** @type {Map<string, FoundLeg>} by query, least recently used first */
  #legs = new Map();
  /** @type {Map<FoundLeg, {controller: AbortController, answer: Promise<unknown>}>} */
  #asked = new Map();
  #turn = 0;

  /** @param {string} url of the path route @param {number} latentDim */
  constructor(url, latentDim) {
    this.url = url;
    this.latentDim = latentDim;
  }

  destroy() {
    this.#turn++;
    for (const { controller } of this.#asked.values()) controller.abort();
  }

  /**
   * The legs of one path through some codes. Legs that are not found yet have no codes or no report.
   *
   * @param {import("../core/messages.js").PathKind} path
   * @param {Float32Array[]} codes
   * @returns {FoundLeg[]}
   */
  legs({ key: kind, script }, codes) {
    return codes.slice(1).map((b, i) => {
      const a = codes[i];
      const query = `kind=${kind}&a=${written(a)}&b=${written(b)}`;
      const leg = this.#legs.get(query) ?? { kind, script, query, a, b, codes: script ? straightLeg(script, a, b, this.latentDim) : null, report: null, note: "" };
      this.#legs.delete(query);
      this.#legs.set(query, leg);
      if (this.#legs.size > KEPT) this.#legs.delete(this.#legs.keys().next().value);
      return leg;
    });
  }

  /**
   * Request what the legs lack, in their order. Earlier requests continue if still needed, else they are cancelled.
   *
   * @param {FoundLeg[][]} waves each wave starts after the one before: they share the cores
   * @param {(leg: FoundLeg) => void} onCome called when codes, a note or the report of a leg arrive
   * @param {(leg: FoundLeg, error: Error) => void} onFail
   */
  async find(waves, onCome, onFail) {
    const turn = ++this.#turn;
    this.onCome = onCome;
    this.onFail = onFail;
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

  /** Resolves when the leg has arrived, failed or been cancelled. @param {FoundLeg} leg */
  #ask(leg) {
    const before = this.#asked.get(leg);
    if (before && !before.controller.signal.aborted) return before.answer;
    const controller = new AbortController();
    const { signal } = controller;
    const answer = readLines(`${this.url}?${leg.query}`, signal, (line) => {
      if (signal.aborted) return;
      if (line.error) throw new Error(line.error);
      leg.note = line.note ? t(line.note) : "";
      if (line.note) return this.onCome(leg);
      // Legs that are made in the browser are exact. The server rounds its legs, so only their ends are exact.
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
