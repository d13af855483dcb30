/** The Share menu: the point as a link, as code in three forms, on phones, as a video, and as a picture. */

import { copyText } from "../core/clipboard.js";
import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { formatPoint } from "../core/link.js";
import { menuOf } from "../core/menu.js";
import { save } from "../core/save.js";

const PICTURE = 512; // pixels of a saved picture at least

/**
 * @param {import("../core/messages.js").Model} model
 * @param {import("../core/point.js").Point} point
 * @param {HTMLCanvasElement} canvas with the picture
 * @param {string} base of our routes
 * @param {{say: (text: string) => void, record: () => void, audience: () => void}} on `say` is called with what was done, or with what failed
 */
export function shareMenu(model, point, canvas, base, { say, record, audience }) {
  const copy = (text, done) => copyText(text).then(() => say(done), (error) => say(error.message));
  const button = element("button", { type: "button", text: t("Share ▾"), title: t("Copy the point as a link or as code, or save the picture") });
  const menu = menuOf(button, t("Share"), [
    { text: t("Copy link"), title: t("A link to this point"), act: () => copy(linkOf(model.id, point, base), t("Copied the link.")) },
    { text: t("Copy code as JSON"), title: t("The code as a JSON array"), act: () => copy(JSON.stringify(numbersOf(point)), t("Copied the code.")) },
    { text: t("Copy code as NumPy"), title: t("The code as an expression of NumPy"), act: () => copy(numpyOf(point), t("Copied the code.")) },
    { text: t("Copy Python program"), title: t("A program that decodes the code"), act: () => copy(programOf(model.id, point), t("Copied the program.")) },
    { text: t("Audience"), title: t("Let phones in the room follow the point"), act: audience },
    { text: t("Record video"), title: t("Record the picture and the values of the dimensions, or end the recording"), act: record },
    { text: t("Save picture as PNG"), title: t("The picture, enlarged by a whole factor"), act: () => savePicture(canvas, `${model.id}.png`) },
  ]);
  return { button, menu };
}

/** @param {import("../core/point.js").Point} point */
function numbersOf({ z }) {
  return Array.from(z, (value) => Number(value.toFixed(4)));
}

/** @param {string} model id @param {import("../core/point.js").Point} point @param {string} base */
export function linkOf(model, { z, source }, base) {
  const image = source ? `&image=${source.image}` : "";
  return `${location.origin}${base}/?model=${model}&z=${formatPoint(z)}${image}`;
}

/** @param {import("../core/point.js").Point} point */
export function numpyOf(point) {
  return `np.array([${numbersOf(point).join(", ")}], np.float32)`;
}

/** @param {string} model id @param {import("../core/point.js").Point} point */
export function programOf(model, point) {
  return `import numpy as np
import zscope

z = ${numpyOf(point)}
pixels = zscope.load_model("${model}").decode_pixels(z[None])[0]  # uint8 (height, width, channels)
`;
}

/** @param {HTMLCanvasElement} canvas @param {string} name of the file */
function savePicture(canvas, name) {
  const scale = Math.max(1, Math.ceil(PICTURE / Math.max(canvas.width, canvas.height)));
  const large = element("canvas", { width: canvas.width * scale, height: canvas.height * scale });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => blob && save(blob, name)); // null: too large for the browser
}
