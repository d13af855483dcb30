/**
 * The meter: how far the point lies from the encoded images, as a percentile of the images' own distances.
 */

import { element, setText } from "./dom.js";
import { t } from "./language.js";

const FEW = 100; // test images: with fewer, the percentile is inaccurate

export class Meter {
  /** @param {number} images encoded test images that the distance is compared with */
  constructor(images) {
    this.images = images;
    const definition = t("The Euclidean distance from this point to its 10th nearest encoded test image, over the active dimensions, ranked among the test images' own distances (each measured without itself). At 50 %, half of the test images are closer to the data than this point.");
    this.needle = element("i.needle");
    this.text = element("p.verdict", { text: "–", "aria-live": "off" });
    this.node = element(
      "section.meter",
      { title: definition },
      element("h3", {}, `${t("Distance from the data")} `, element("button.info", { type: "button", text: "?", "aria-label": definition, title: definition })),
      element("div.scale", {}, this.needle),
      this.text,
    );
  }

  /** @param {number} percentile 0…100 @param {number} distance in latent units */
  show(percentile, distance) {
    this.needle.style.transform = `translateX(${percentile}cqw)`; // of the scale
    setText(this.text, meterWords(percentile, distance, this.images));
    this.node.dataset.percentile = percentile.toFixed(2);
  }
}

/**
 * The text of the meter.
 *
 * @param {number} percentile 0…100
 * @param {number} distance in latent units
 * @param {number} images number of test images that the distance is compared with
 */
export function meterWords(percentile, distance, images) {
  const values = { verdict: verdict(percentile), distance: distance.toFixed(2), images };
  if (images < FEW) return t("{verdict} ({distance} latent units, compared with only {images} test images)", values);
  return t("{verdict} ({distance} latent units)", values);
}

/** Describe a percentile in words. @param {number} percentile */
export function verdict(percentile) {
  const rounded = Math.round(percentile);
  if (percentile >= 99.95) return t("farther from the data than every test image: off the data");
  if (percentile >= 99) return t("farther from the data than {share} % of the test images: off the data", { share: percentile.toFixed(1) });
  if (percentile >= 90) return t("farther from the data than {share} % of the test images: at the edge", { share: rounded });
  return t("closer to the data than {share} % of the test images", { share: 100 - rounded });
}
