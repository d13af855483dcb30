/**
 * Groups of controls that several pages share.
 */

import { element } from "./dom.js";
import { t } from "./language.js";
import { ImagePicker } from "./picker.js";

/**
 * The buttons for a random test image, and for one that is chosen.
 *
 * @param {import("./messages.js").Model} model
 * @param {import("./data.js").Data} data
 * @param {() => void} onRandom
 * @param {(index: number) => void} onPick
 * @returns {HTMLElement[]}
 */
export function imageButtons(model, data, onRandom, onPick) {
  const picker = new ImagePicker(model, data, onPick, () => {});
  const choose = element("button.joined", { type: "button", text: "▾", title: t("Choose a test image by its class or number"), "aria-label": t("Choose a test image") });
  const random = element("button", { type: "button", text: t("Random test image"), title: t("Open a random image of the test split, which the model was not trained on (T)"), onclick: onRandom });
  const pair = element("span.pair", {}, random, choose);
  picker.attach(choose);
  return [pair];
}
