/** Moves the point of a view to another one smoothly, and turns its map. */

/** The part of the way after a part of the time, both from 0 to 1: slow at the ends. @param {number} t */
export function ease(t) {
  return t * t * (3 - 2 * t);
}

export class Glide {
  #frame = 0;

  /**
   * @param {import("./shown.js").Shown} view
   * @param {import("./history.js").Visited} end
   * @param {number} seconds 0 jumps
   * @param {number[] | null} [camera] of a map in 3-D
   */
  start(view, end, seconds, camera = null) {
    this.stop();
    const turn = (camera && view.turnTo?.(camera)) ?? (() => {});
    const start = Float32Array.from(view.read().z);
    if (!(seconds > 0) || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      turn(1);
      return view.goTo(end);
    }
    const began = performance.now();
    const step = () => {
      const t = (performance.now() - began) / (1000 * seconds);
      const part = ease(Math.min(1, t));
      turn(part);
      if (t >= 1) return view.goTo(end);
      view.moveTo(start.map((value, i) => value + part * (end.z[i] - value)));
      this.#frame = requestAnimationFrame(step);
    };
    this.#frame = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.#frame);
  }
}
