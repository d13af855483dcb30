/**
 * The texts around the map, and what a search text means.
 */

/**
 * Titles of the axes, with their share of the variance if it is known.
 *
 * @param {{shares?: ArrayLike<number> | null}} points @param {[string, string]} names
 * @returns {[string, string]}
 */
export function axisTitles({ shares }, names) {
  if (!shares) return names;
  const [x, y] = names.map((name, i) => `${name} (${(100 * shares[i]).toFixed(1)} % of the variance)`);
  return [x, y];
}

/** How many images the map shows, and its explanation. @param {{count: number, total: number}} points @param {string} explained */
export function captionOf({ count, total }, explained) {
  const [some, all] = [count, total].map((number) => number.toLocaleString("en"));
  return `${count < total ? `Showing ${some} of ${all} images, each class by its share` : `All ${some} images`}. ${explained}`;
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
