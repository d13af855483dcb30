/**
 * The timeline of an animation: seconds from stop to stop, and a pause at each stop. Pure.
 */

import { eased } from "./path.js";

export class Timeline {
  /**
   * @param {number} seconds of each leg
   * @param {number[]} holds seconds at each stop
   * @param {boolean} ease slow down at both ends of each leg
   */
  constructor(seconds, holds, ease) {
    this.seconds = seconds;
    this.holds = holds;
    this.ease = ease;
    this.duration = seconds * (holds.length - 1) + holds.reduce((sum, hold) => sum + hold, 0);
  }

  /** @param {number} time 0…duration @returns {number} 0 at the first stop, 1 at the second … */
  placeAt(time) {
    let left = time;
    for (let stop = 0; stop < this.holds.length; stop++) {
      if (left <= this.holds[stop] || stop === this.holds.length - 1) return stop;
      left -= this.holds[stop];
      if (left < this.seconds) return stop + (this.ease ? eased(left / this.seconds) : left / this.seconds);
      left -= this.seconds;
    }
    return this.holds.length - 1;
  }

  /** The time at which a place is first reached. @param {number} place */
  timeOf(place) {
    const stop = Math.min(this.holds.length - 2, Math.max(0, Math.floor(place)));
    const before = this.holds.slice(0, stop).reduce((sum, hold) => sum + hold, stop * this.seconds);
    if (place <= stop) return before;
    let share = place - stop;
    if (this.ease) {
      let [low, high] = [0, 1];
      for (let i = 0; i < 30; i++) [low, high] = eased((low + high) / 2) < share ? [(low + high) / 2, high] : [low, (low + high) / 2];
      share = low;
    }
    return before + this.holds[stop] + share * this.seconds;
  }

  /**
   * The places of a film's frames.
   *
   * @param {number} rate frames a second
   * @param {boolean} back forward and back; when it repeats, no frame comes twice
   */
  frames(rate, back) {
    const count = Math.max(2, Math.round(this.duration * rate));
    const there = Array.from({ length: count }, (_, i) => this.placeAt((i / (count - 1)) * this.duration));
    return back ? [...there, ...there.slice(1, -1).reverse()] : there;
  }
}
