/**
 * The toolbar of Explore: play, sample, choose an image, present.
 */

import { element } from "../core/dom.js";
import { randomName, randomTitle, resampleTitle } from "../core/labels.js";
import { t } from "../core/language.js";

/**
 * @param {import("../core/messages.js").Model} model
 * @param {{toggle: Function, random: Function, randomImage: Function, resample: Function, mean: Function, present: Function}} actions
 * @param {HTMLElement[]} more controls after the actions
 */
export function toolbar(model, actions, ...more) {
  /** @param {string} text @param {string} title @param {Function | undefined} onclick @param {string} [classes] */
  const button = (text, title, onclick, classes = "") =>
    element(/** @type {`button.${string}`} */ (`button${classes}`), { type: "button", text, title, onclick });
  const play = button(t("Play"), t("Play a walk through the latent space (Space)"), actions.toggle, ".play");
  const choose = button("▾", t("Choose a test image by its class or number"), undefined, ".joined");
  choose.setAttribute("aria-label", t("Choose a test image"));
  const resample = button(t("Sample posterior"), "", actions.resample);
  const node = element(
    "div.toolbar",
    { role: "toolbar", "aria-label": t("Actions") },
    play,
    button(randomName(model), randomTitle(model), actions.random),
    element("span.pair", {}, button(t("Random test image"), t("Open a random image of the test split, which the model was not trained on (T)"), actions.randomImage), choose),
    resample,
    button(t("Go to mean"), t("Go to the mean code of all test images (M)"), actions.mean),
    ...more,
    element("span.gap"),
    button(t("Present"), t("Show on the full screen (P; Esc to leave)"), actions.present, ".present"),
  );
  return {
    node,
    choose,
    /** @param {boolean} playing */
    showPlaying(playing) {
      play.textContent = playing ? t("Pause") : t("Play");
      play.classList.toggle("playing", playing);
    },
    /** @param {boolean} possible */
    allowResample(possible) {
      resample.disabled = !(possible && model.prior);
      resample.title = resampleTitle(model, possible);
    },
  };
}
