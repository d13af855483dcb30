/**
 * The texts around the map, and what a search text means.
 */

import { formatCount, sentences, t } from "../core/language.js";

/**
 * Titles of the axes, with their share of the variance if it is known; in 3-D there is less room.
 *
 * @param {{shares?: ArrayLike<number> | null, components?: number}} points @param {string[]} names
 * @returns {string[]}
 */
export function axisTitles({ shares, components }, names) {
  if (!shares) return names;
  return names.map((name, i) => {
    const values = { name, share: (100 * shares[i]).toFixed(1) };
    return components === 3 ? t("{name} ({share} %)", values) : t("{name} ({share} % of the variance)", values);
  });
}

/** How many images the map shows, and its explanation. @param {{count: number, total: number, components: number}} points @param {string} explained */
export function captionOf({ count, total, components }, explained) {
  const values = { some: formatCount(count), all: formatCount(total) };
  const parts = [count < total ? t("Showing {some} of {all} images, each class by its share.", values) : t("All {some} images.", values), explained];
  if (components === 3) parts.push(t("Drag to rotate it, or use the arrow keys. A map in 3-D has no lasso, no posterior ellipse and no decoding of empty places."));
  return sentences(...parts);
}

/**
 * The class, or else the number of a test image, that a search text names.
 *
 * @param {string} text @param {string[]} classes
 * @returns {{label: number} | {row: number} | {error: string}} error: "" for an empty text
 */
export function parseSearch(text, classes) {
  const wanted = text.trim();
  const label = classes.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
  if (label >= 0) return { label };
  const number = /^#?(\d+)$/.exec(wanted);
  if (number) return { row: Number(number[1]) };
  return { error: wanted && t("Neither a number of a test image nor a class: {text}. Search for #12 or a class.", { text: wanted.slice(0, 40) }) };
}
