/**
 * The row of actions: where to start from, play, present.
 */

import { element } from "../core/dom.js";
import { randomTitle, resampleTitle } from "../core/labels.js";

/**
 * @param {import("../core/model.js").Model} model
 * @param {{play: Function, random: Function, image: Function, resample: Function, mean: Function, present: Function}} actions
 */
export function toolbar(model, actions) {
  /** @param {string} text @param {string} title @param {Function | undefined} onclick @param {string} [classes] */
  const button = (text, title, onclick, classes = "") =>
    element(/** @type {`button.${string}`} */ (`button${classes}`), { type: "button", text, title, onclick });
  const play = button("Play", "Walk through the data's region (space)", actions.play, ".play");
  const choose = button("▾", "Choose a test image by class or number", undefined, ".joined");
  choose.setAttribute("aria-label", "Choose a test image");
  const resample = button("Resample", "", actions.resample);
  const node = element(
    "div.toolbar",
    { role: "toolbar", "aria-label": "Start from" },
    play,
    button("Random", randomTitle(model), actions.random),
    element("span.pair", {}, button("Test image", "A random image that the model never saw (T)", actions.image), choose),
    resample,
    button("Mean", "The average code of all test images (M)", actions.mean),
    element("span.gap"),
    button("Present", "Fill the screen (P, Esc to leave)", actions.present, ".present"),
  );
  return {
    node,
    choose,
    /** @param {boolean} playing */
    showPlaying(playing) {
      play.textContent = playing ? "Pause" : "Play";
      play.classList.toggle("playing", playing);
    },
    /** @param {boolean} possible */
    allowResample(possible) {
      resample.disabled = !(possible && model.prior);
      resample.title = resampleTitle(model, possible);
    },
  };
}
