/**
 * Which knob moves which target, and how. A knob has a place of its own, so it does not move its slider at once: it takes over
 * when it reaches or passes the slider's value, and the slider does not jump. An endless encoder has no place and moves by steps.
 */

import { t } from "../core/language.js";
import { browserStorage } from "../core/storage.js";
import { stepsOf } from "./midi.js";
import { nudged } from "./targets.js";

const PREFIX = "zscope-controllers/";
const POSITIONS = 127; // steps of a knob through its range
const NEAR = 1.5 / POSITIONS; // of the range: the knob is at the slider's value
const MOST = 128; // knobs of a model

/** @typedef {{knob: string, target: string, relative: boolean}} Mapping `relative`: an endless encoder */
/** @typedef {{knobs: Mapping[], sticks: string[]}} Kept `sticks`: targets of the gamepad's four axes, "" for none */

export class Knobs extends EventTarget {
  /** @type {Mapping[]} */
  mappings = [];
  /** @type {string[]} ids of the targets of a gamepad's four axes; "" for none */
  sticks;
  /** @type {Map<string, {last: number, written: number, caught: boolean}>} by knob: its last place, what it wrote */
  #states = new Map();

  /**
   * @param {string} model its id
   * @param {import("./targets.js").Target[]} targets
   * @param {Pick<Storage, "getItem" | "setItem">} [storage]
   */
  constructor(model, targets, storage = browserStorage()) {
    super();
    this.key = PREFIX + model;
    this.targets = new Map(targets.map((target) => [target.id, target]));
    this.storage = storage;
    const kept = this.#read();
    this.mappings = kept.knobs;
    this.sticks = kept.sticks ?? Array.from({ length: 4 }, (_, i) => targets[i]?.id ?? "");
  }

  /** Let a knob control a target. A knob has one target; a target may have several knobs. @param {string} knob @param {string} target */
  assign(knob, target) {
    const before = this.mappings.filter((one) => one.knob !== knob);
    if (before.length >= MOST) throw new Error(t("A model has at most {most} knobs. Remove some first.", { most: MOST }));
    this.#change([...before, { knob, target, relative: this.mappings.find((one) => one.knob === knob)?.relative ?? false }]);
    this.#states.delete(knob);
  }

  /** @param {string} knob */
  remove(knob) {
    this.#change(this.mappings.filter((one) => one.knob !== knob));
  }

  /** @param {string} knob @param {boolean} relative */
  setRelative(knob, relative) {
    this.#change(this.mappings.map((one) => (one.knob === knob ? { ...one, relative } : one)));
    this.#states.delete(knob);
  }

  /** @param {number} axis of the gamepad @param {string} target "" for none */
  setStick(axis, target) {
    this.sticks = this.sticks.map((one, i) => (i === axis ? target : one));
    this.#change(this.mappings);
  }

  /** The value that a turn of a knob gives its target; null if it moves nothing. @param {import("./midi.js").KnobEvent} event @returns {{target: import("./targets.js").Target, value: number} | null} */
  turn({ knob, value }) {
    const mapping = this.mappings.find((one) => one.knob === knob);
    const target = mapping && this.targets.get(mapping.target);
    if (!target) return null;
    const range = target.high - target.low;
    if (mapping.relative) {
      const steps = stepsOf(value);
      return steps ? { target, value: nudged(target, (steps * range) / POSITIONS) } : null;
    }
    const place = target.low + (value / POSITIONS) * range;
    return this.#catches(knob, place, target) ? { target, value: place } : null;
  }

  /** Remember what a turn has set. @param {string} knob @param {number} value as the target has it now */
  wrote(knob, value) {
    const state = this.#states.get(knob);
    if (state) state.written = value;
  }

  /** Whether a knob's place takes the slider with it. */
  #catches(knob, place, { low, high, read }) {
    const current = Math.min(high, Math.max(low, read())); // a value beyond the range is met at its end
    const near = NEAR * (high - low);
    const state = this.#states.get(knob);
    const held = state?.caught && Math.abs(read() - state.written) < near; // nothing else has moved the slider
    const passed = state && (state.last - current) * (place - current) <= 0;
    const caught = Boolean(held || passed || Math.abs(place - current) <= near);
    this.#states.set(knob, { last: place, written: state?.written ?? NaN, caught });
    return caught;
  }

  #change(mappings) {
    this.mappings = mappings;
    try {
      this.storage.setItem(this.key, JSON.stringify({ knobs: this.mappings, sticks: this.sticks }));
    } catch {
      // They stay until the page is left.
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @returns {{knobs: Mapping[], sticks: string[] | null}} */
  #read() {
    try {
      const kept = Object(JSON.parse(this.storage.getItem(this.key) ?? "{}"));
      const knobs = (Array.isArray(kept.knobs) ? kept.knobs : [])
        .filter((one) => /^\d{1,2}\/\d{1,3}$/.test(one?.knob) && typeof one.target === "string")
        .map(({ knob, target, relative }) => ({ knob, target, relative: relative === true }));
      const sticks = Array.isArray(kept.sticks) && kept.sticks.length === 4 ? kept.sticks.map((id) => (this.targets.has(id) ? id : "")) : null;
      return { knobs: knobs.slice(0, MOST), sticks };
    } catch {
      return { knobs: [], sticks: null }; // damaged, or the browser allows no storage
    }
  }
}
