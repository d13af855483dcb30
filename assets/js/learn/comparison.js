/**
 * Small models side by side: pictures and measured figures.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { part, percent, signed } from "./parts.js";
import { SHAPE } from "./small_models.js";

/** Decimals of the measured figures, in the order in which they are shown. @type {Record<string, number>} */
const DECIMALS = { elbo: 2, reconstruction: 2, kl: 2, mse: 4, sigma: 3, coverage: 1 };

/** Names of measured figures. @param {string[]} [measures] all by default @returns {Record<string, string>} */
export function measureNames(measures = Object.keys(DECIMALS)) {
  const names = {
    elbo: t("ELBO, nats"),
    reconstruction: t("Reconstruction, nats"),
    kl: t("KL, nats"),
    mse: t("MSE per pixel"),
    sigma: t("Mean σ of the codes"),
    coverage: t("Data covered by draws"),
  };
  return Object.fromEntries(measures.map((measure) => [measure, names[measure]]));
}

/** A measured figure as text. @param {Record<string, number[]>} figures @param {string} measure */
export function measured(figures, measure) {
  const found = figures[measure];
  if (!found) return "–";
  return measure === "coverage" ? percent(found[0], DECIMALS.coverage) : signed(found[0], DECIMALS[measure]);
}

/** A row of small pictures. @param {Uint8Array[]} pictures @param {(n: number) => string} label of each, by its number */
function strip(pictures, label) {
  const canvases = pictures.map((pixels, index) => {
    const canvas = pictureCanvas(SHAPE, label(index + 1));
    paint(canvas, pixels, SHAPE);
    return canvas;
  });
  return element("div.strip-of-ten", {}, ...canvases);
}

/** @param {Uint8Array[]} images */
const imageStrip = (images) => strip(images, (n) => t("Test image, {n}", { n }));
/** @param {import("./small_models.js").SmallModel} model */
const reconstructionStrip = (model) => strip(model.reconstructions, (n) => t("Reconstruction, {n}", { n }));
/** @param {import("./small_models.js").SmallModel} model */
const drawStrip = (model) => strip(model.draws, (n) => t("Draw from the prior, {n}", { n }));

/** What a model makes of the test images, and draws. @param {Uint8Array[]} images @param {import("./small_models.js").SmallModel} model */
export function picturesOf(images, model) {
  return [part(t("Test images and their reconstructions"), imageStrip(images), reconstructionStrip(model)), part(t("Draws from the prior"), drawStrip(model))];
}

/**
 * @param {import("../core/messages.js").LearnModel[]} models
 * @param {import("./small_models.js").LearnFiles} files
 * @returns {HTMLElement}
 */
export function comparison(models, files) {
  const node = element("div.comparison", {}, element("p.aside", { text: t("Loading the models …") }));
  fill(node, models, files).catch((error) => node.replaceChildren(element("p", { role: "alert", text: t("Can't load the models: {reason}. Reload the page.", { reason: error.message }) })));
  return node;
}

async function fill(node, models, files) {
  const [{ testImages }, { images }, ...loaded] = await Promise.all([files.document(), files.test(), ...models.map(({ key }) => files.model(key))]);
  const shown = Object.keys(DECIMALS).filter((measure) => loaded.some(({ figures }) => figures[measure]));
  const head = element("tr", {}, element("td"), ...models.map(({ title }) => element("th", { scope: "col", text: title })));
  const names = measureNames(shown);
  const rows = shown.map((measure) =>
    element("tr", {}, element("th", { scope: "row", text: names[measure] }), ...loaded.map(({ key, figures }) => element("td", { "data-model": key, "data-measure": measure, text: measured(figures, measure) }))),
  );
  node.replaceChildren(
    element("h4", { text: t("Test images") }),
    imageStrip(images),
    ...loaded.flatMap((model, index) => [
      element("h4", { text: models[index].title }),
      reconstructionStrip(model),
      element("p.aside", { text: t("Above: reconstructions. Below: draws from the prior.") }),
      drawStrip(model),
    ]),
    element("div.scrolled", {}, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))),
    element("p.aside", { text: t("Measured on {count} test images. Data covered by draws: share of 2,000 test images that have one of 2,000 draws among their neighbours (coverage; Naeem et al. 2020).", { count: formatCount(testImages) }) }),
  );
  node.dataset.ready = "true";
}
