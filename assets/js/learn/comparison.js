/**
 * Small models side by side: pictures and measured figures.
 */

import { element } from "../core/dom.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { SHAPE } from "./small_models.js";

/**
 * The measured figures that are shown, with their decimals.
 *
 * @type {Record<string, {name: string, decimals: number, scale?: number, unit?: string}>}
 */
const MEASURES = {
  elbo: { name: "ELBO, nats", decimals: 2 },
  reconstruction: { name: "Reconstruction, nats", decimals: 2 },
  kl: { name: "KL, nats", decimals: 2 },
  mse: { name: "MSE per pixel", decimals: 4 },
  sigma: { name: "Mean σ of the codes", decimals: 3 },
  coverage: { name: "Data covered by draws", decimals: 1, scale: 100, unit: " %" },
};

/** A measured figure as text. @param {Record<string, number[]>} figures @param {string} measure */
export function measured(figures, measure) {
  const { decimals, scale = 1, unit = "" } = MEASURES[measure];
  const found = figures[measure];
  return found ? `${(found[0] * scale).toFixed(decimals)}${unit}`.replace("-", "−") : "–";
}

/** A row of small pictures. @param {Uint8Array[]} pictures @param {string} label */
export function strip(pictures, label) {
  const canvases = pictures.map((pixels, index) => {
    const canvas = pictureCanvas(SHAPE, `${label}, ${index + 1}`);
    paint(canvas, pixels, SHAPE);
    return canvas;
  });
  return element("div.strip-of-ten", {}, ...canvases);
}

/**
 * @param {import("../core/messages.js").LearnModel[]} models
 * @param {import("./small_models.js").LearnFiles} files
 * @returns {HTMLElement}
 */
export function comparison(models, files) {
  const node = element("div.comparison", {}, element("p.aside", { text: "Loading the models …" }));
  fill(node, models, files).catch((error) => node.replaceChildren(element("p", { role: "alert", text: `Can't load the models: ${error.message}. Reload the page.` })));
  return node;
}

async function fill(node, models, files) {
  const [{ testImages }, { images }, ...loaded] = await Promise.all([files.document(), files.test(), ...models.map(({ key }) => files.model(key))]);
  const shown = Object.keys(MEASURES).filter((measure) => loaded.some(({ figures }) => figures[measure]));
  const head = element("tr", {}, element("td"), ...models.map(({ title }) => element("th", { scope: "col", text: title })));
  const rows = shown.map((measure) =>
    element("tr", {}, element("th", { scope: "row", text: MEASURES[measure].name }), ...loaded.map(({ key, figures }) => element("td", { "data-model": key, "data-measure": measure, text: measured(figures, measure) }))),
  );
  node.replaceChildren(
    element("h4", { text: "Test images" }),
    strip(images, "Test image"),
    ...loaded.flatMap((model, index) => [
      element("h4", { text: models[index].title }),
      strip(model.reconstructions, "Reconstruction"),
      element("p.aside", { text: "Above: reconstructions. Below: draws from the prior." }),
      strip(model.draws, "Draw from the prior"),
    ]),
    element("div.scrolled", {}, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))),
    element("p.aside", { text: `Measured on ${testImages.toLocaleString("en")} test images. Data covered by draws: share of 2,000 test images that have one of 2,000 draws among their neighbours (coverage; Naeem et al. 2020).` }),
  );
  node.dataset.ready = "true";
}
