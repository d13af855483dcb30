/**
 * Plays a timeline, frame by frame.
 */

/** @typedef {"pingpong" | "loop" | "once"} Mode what happens at the end */

export class Player {
  #frame = 0;

  /**
   * @param {() => {timeline: import("./timeline.js").Timeline, mode: Mode}} settings the current settings
   * @param {(place: number) => void} onMove
   * @param {(playing: boolean) => void} onState
   */
  constructor(settings, onMove, onState) {
    this.settings = settings;
    this.onMove = onMove;
    this.onState = onState;
    this.playing = false;
  }

  /** @param {number} place where to begin */
  play(place) {
    this.stop();
    const { timeline } = this.settings();
    let time = place < 0 || place >= timeline.holds.length - 1 ? 0 : timeline.timeOf(place);
    let before = performance.now();
    let [last, lastTimeline] = [place, timeline];
    this.playing = true;
    const walk = (now) => {
      const { timeline, mode } = this.settings();
      // After a change of speed or stops, continue from the same place.
      if (!same(timeline, lastTimeline)) time = timeline.timeOf(Math.min(last, timeline.holds.length - 1));
      lastTimeline = timeline;
      time += Math.max(0, now - before) / 1000;
      before = now;
      const { duration } = timeline;
      if (mode === "once" && time >= duration) {
        this.onMove(timeline.holds.length - 1);
        return this.stop();
      }
      const cycle = time % (mode === "pingpong" ? 2 * duration : duration);
      last = timeline.placeAt(cycle > duration ? 2 * duration - cycle : cycle);
      this.onMove(last);
      this.#frame = requestAnimationFrame(walk);
    };
    this.#frame = requestAnimationFrame(walk);
    this.onState(true);
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    if (!this.playing) return;
    this.playing = false;
    this.onState(false);
  }
}

function same(a, b) {
  return a.duration === b.duration && a.ease === b.ease && a.seconds === b.seconds && a.holds.join() === b.holds.join();
}
