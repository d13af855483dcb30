/**
 * The texts around the map, and what a search text means.
 */

/**
 * Titles of the axes, with their share of the variance if it is known; in 3-D there is less room.
 *
 * @param {{shares?: ArrayLike<number> | null, components?: number}} points @param {string[]} names
 * @returns {string[]}
 */
export function axisTitles({ shares, components }, names) {
  if (!shares) return names;
  return names.map((name, i) => `${name} (${(100 * shares[i]).toFixed(1)} %${components === 3 ? "" : " of the variance"})`);
}

const IN_SPACE = " Drag to rotate it, or use the arrow keys. A map in 3-D has no lasso, no posterior ellipse and no decoding of empty places.";

/** How many images the map shows, and its explanation. @param {{count: number, total: number, components: number}} points @param {string} explained */
export function captionOf({ count, total, components }, explained) {
  const [some, all] = [count, total].map((number) => number.toLocaleString("en"));
  return `${count < total ? `Showing ${some} of ${all} images, each class by its share` : `All ${some} images`}. ${explained}${components === 3 ? IN_SPACE : ""}`;
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
  return { error: wanted && `Neither a number of a test image nor a class: ${wanted.slice(0, 40)}. Search for #12 or a class.` };
}
