/**
 * Measurements of a picture that people have words for. The darker or brighter content counts as ink, whichever covers less.
 */

import { t } from "./language.js";

/** @typedef {"brightness" | "contrast" | "thickness" | "width" | "height" | "slant" | "left–right" | "up–down"} FeatureName */

/** @type {FeatureName[]} */
export const FEATURES = ["brightness", "contrast", "thickness", "width", "height", "slant", "left–right", "up–down"];

/** The name of a feature in the language of the page; "" for none. @param {FeatureName | ""} name */
export function featureTitle(name) {
  if (!name) return "";
  return {
    brightness: t("brightness"),
    contrast: t("contrast"),
    thickness: t("thickness"),
    width: t("width"),
    height: t("height"),
    slant: t("slant"),
    "left–right": t("left–right"),
    "up–down": t("up–down"),
  }[name];
}

/**
 * Measure a picture.
 *
 * @param {Uint8Array} pixels h × w × channels
 * @param {[number, number, number]} shape
 * @returns {Record<FeatureName, number>} lengths in shares of the picture's side
 */
export function measurePicture(pixels, [height, width, channels]) {
  const count = height * width;
  const grey = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += pixels[i * channels + c];
    grey[i] = sum / channels / 255;
  }
  const mean = grey.reduce((sum, value) => sum + value, 0) / count;
  const spread = Math.sqrt(grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const ink = mean < 0.5 ? grey : grey.map((value) => 1 - value);
  let [total, x, y] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    total += ink[i];
    x += ink[i] * (i % width);
    y += ink[i] * Math.floor(i / width);
  }
  const weight = total || 1;
  x /= weight;
  y /= weight;
  let [xx, yy, xy, edge] = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [dx, dy] = [(i % width) - x, Math.floor(i / width) - y];
    xx += ink[i] * dx * dx;
    yy += ink[i] * dy * dy;
    xy += ink[i] * dx * dy;
    if (i % width < width - 1) edge += Math.abs(ink[i + 1] - ink[i]);
    if (i < count - width) edge += Math.abs(ink[i + width] - ink[i]);
  }
  return {
    brightness: mean,
    contrast: spread,
    thickness: (2 * total) / (edge || 1) / Math.max(height, width), // area by half of the outline
    width: Math.sqrt(xx / weight) / width,
    height: Math.sqrt(yy / weight) / height,
    slant: -xy / (yy || 1), // of the shear that makes the ink upright; positive leans to the right
    "left–right": x / width,
    "up–down": y / height,
  };
}

/**
 * The feature that a change of a dimension changes most, compared with how much the feature varies in general.
 *
 * @param {Record<FeatureName, number>[]} low measurements at the low end of the dimension, from several starts
 * @param {Record<FeatureName, number>[]} high at the high end, from the same starts
 * @param {Record<FeatureName, number>} typical standard deviation of each feature among pictures
 * @returns {FeatureName | ""} "" if none changes clearly and in the same way from all starts
 */
export function meaningOf(low, high, typical) {
  /** @type {FeatureName | ""} */
  let best = "";
  let most = CLEAR;
  for (const name of FEATURES) {
    const changes = low.map((one, i) => (high[i][name] - one[name]) / Math.max(typical[name], VISIBLE[name]));
    const mean = changes.reduce((sum, value) => sum + value, 0) / changes.length;
    const same = changes.filter((value) => value * mean > 0).length / changes.length;
    if (same >= AGREE && Math.abs(mean) > most) [best, most] = [name, Math.abs(mean)];
  }
  return best;
}

// Smaller changes are not seen; the pictures of some data sets hardly differ in a feature, such as their position.
const VISIBLE = { brightness: 0.03, contrast: 0.03, thickness: 0.01, width: 0.015, height: 0.015, slant: 0.12, "left–right": 0.03, "up–down": 0.03 };
const CLEAR = 0.8; // standard deviations
const AGREE = 0.85; // share of the starts

/** The standard deviation of each feature. @param {Record<FeatureName, number>[]} measured */
export function spreadOf(measured) {
  return /** @type {Record<FeatureName, number>} */ (
    Object.fromEntries(
      FEATURES.map((name) => {
        const mean = measured.reduce((sum, one) => sum + one[name], 0) / measured.length;
        return [name, Math.sqrt(measured.reduce((sum, one) => sum + (one[name] - mean) ** 2, 0) / measured.length)];
      }),
    )
  );
}
