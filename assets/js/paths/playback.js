/**
 * The playback controls: place, end, speed and pace.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { BEFORE } from "./path.js";
import { Player } from "./player.js";
import { Timeline } from "./timeline.js";

const STEPS = [3, 25];

export class Playback {
  /**
   * @param {{onScrub: (place: number, since?: number) => void, onPace: () => void, onSteps: () => void}} means called when
   *     the place changes (0 is A, 1 is B …; since: time of the input event), the pace, or the number of pictures in a strip
   */
  constructor(means) {
    this.means = means;
    this.place = 0;
    this.steps = 9;
    this.holds = [0, 0];
    this.slider = element("input", { type: "range", min: -BEFORE, max: 1 + BEFORE, step: 0.005, value: 0, "aria-label": t("Place on the paths, 0 is A and 1 is B") });
    this.slider.addEventListener("input", (event) => {
      this.player.stop();
      this.go(this.slider.valueAsNumber, event.timeStamp);
    });
    this.marks = element("div.marks-of-way");
    this.placeOut = element("output.value", { text: "0.00" });
    this.playButton = element("button.play", { type: "button", text: t("Play"), title: t("Play all paths (Space)"), onclick: () => this.toggle() });
    this.mode = element("select", { "aria-label": t("At the end") }, ...Object.entries({ pingpong: t("Play backwards"), loop: t("Repeat"), once: t("Stop") }).map(([value, text]) => element("option", { value, text })));
    this.seconds = element("input", { type: "range", min: 0.5, max: 10, step: 0.5, value: 3, "aria-label": t("Seconds from stop to stop") });
    const secondsOut = element("output", { text: t("{seconds} s", { seconds: 3 }) });
    this.seconds.addEventListener("input", () => (secondsOut.textContent = t("{seconds} s", { seconds: this.seconds.value })));
    this.ease = element("input", { type: "checkbox", checked: true });
    this.even = element("input", { type: "checkbox", onchange: () => means.onPace() });
    this.stepsInput = element("input.steps", { type: "number", min: STEPS[0], max: STEPS[1], step: 1, value: 9, "aria-label": t("Pictures in a strip"), onchange: () => this.#setSteps() });
    this.player = new Player(
      () => ({ timeline: this.timeline, mode: /** @type {import("./player.js").Mode} */ (this.mode.value) }),
      (place) => this.go(place),
      (playing) => this.#showPlaying(playing),
    );
    this.node = element(
      "section.card.scrubber",
      {},
      element("div.scrub", {}, this.playButton, element("div.scale-of-way", {}, this.slider, this.marks), this.placeOut),
      element(
        "div.controls",
        {},
        element("label", {}, t("At the end"), this.mode),
        element("label", { title: t("Seconds from stop to stop") }, t("Seconds"), this.seconds, secondsOut),
        element("label", { title: t("Slow down at each stop") }, this.ease, t("Ease")),
        element("label", { title: t("Change the picture at constant speed, instead of the code") }, this.even, t("Even pace")),
        element("label", {}, t("Pictures"), this.stepsInput),
      ),
    );
  }

  /** The timeline of the animation and of films. */
  get timeline() {
    return new Timeline(this.seconds.valueAsNumber, this.holds, this.ease.checked);
  }

  get isEven() {
    return this.even.checked;
  }

  get goesBack() {
    return this.mode.value === "pingpong";
  }

  /** @param {import("./stop.js").Stop[]} stops of the path */
  setStops(stops) {
    this.holds = stops.map(({ seconds }) => seconds);
    this.slider.max = String(this.last + BEFORE);
    this.marks.replaceChildren(
      ...stops.map(({ letter }, i) => {
        const mark = element("b", { text: letter });
        mark.style.left = `${(100 * (i + BEFORE)) / (this.last + 2 * BEFORE)}%`;
        return mark;
      }),
    );
    if (this.place > this.last + BEFORE) this.go(this.last);
  }

  /** The last stop's place. */
  get last() {
    return this.holds.length - 1;
  }

  /** @param {number} place @param {number} [since] time of the input event */
  go(place, since) {
    this.place = place;
    if (Math.abs(this.slider.valueAsNumber - place) > 1e-6) this.slider.value = String(place);
    this.placeOut.textContent = place.toFixed(2).replace("-", "−");
    this.means.onScrub(place, since);
  }

  /** Go to the next or the previous picture of the strip. @param {1 | -1} direction */
  step(direction) {
    this.player.stop();
    const size = this.last / (this.steps - 1);
    this.go(Math.min(this.last + BEFORE, Math.max(-BEFORE, Math.round(this.place / size) * size + direction * size)));
  }

  toggle() {
    if (this.player.playing) this.player.stop();
    else this.player.play(this.place);
  }

  #showPlaying(playing) {
    this.playButton.textContent = playing ? t("Pause") : t("Play");
    this.playButton.classList.toggle("playing", playing);
  }

  #setSteps() {
    const asked = Math.round(this.stepsInput.valueAsNumber) || 9;
    this.steps = Math.min(STEPS[1], Math.max(STEPS[0], asked));
    this.stepsInput.value = String(this.steps);
    this.means.onSteps();
  }
}
