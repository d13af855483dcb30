/**
 * The first image of a new stop. Pure.
 */

/**
 * A random image of a class that no other stop has; without such a class, any image that is not used yet.
 *
 * @param {ArrayLike<number>} labels of all images
 * @param {number[]} taken numbers of the other stops' images
 * @param {() => number} [random] in [0, 1)
 * @returns {number}
 */
export function firstImage(labels, taken, random = Math.random) {
  const classes = new Set(taken.map((index) => labels[index]));
  const rows = Array.from(labels, (_, index) => index);
  const free = rows.filter((index) => !taken.includes(index));
  const others = free.filter((index) => !classes.has(labels[index]));
  const choices = [others, free, rows].find(({ length }) => length);
  return choices[Math.floor(random() * choices.length)];
}
