/**
 * Means with their standard errors, as in `vae.evaluation.comparison.figures`. Pure.
 */

/** @typedef {{value: number, error: number, count: number}} Mean */

/** @param {ArrayLike<number>} values @returns {Mean} NaN without values */
export function meanOf(values) {
  const count = values.length;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i];
  const value = sum / count;
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i] - value) ** 2;
  return { value, error: Math.sqrt(squares) / count, count };
}

/** The mean of b − a over the images. @param {ArrayLike<number>} a @param {ArrayLike<number>} b @returns {Mean} */
export function pairedDifference(a, b) {
  return meanOf(Float64Array.from(a, (value, i) => b[i] - value));
}

/** "0.0042 ± 0.0001". @param {Mean} mean @param {number} digits */
export function spoken({ value, error }, digits) {
  return `${value.toFixed(digits).replace("-", "−")} ± ${error.toFixed(digits)}`;
}

/** The model with the smaller value; null unless they differ by more than two standard errors. @param {Mean} difference b − a @returns {"A" | "B" | null} */
export function smaller({ value, error }) {
  if (!(Math.abs(value) > 2 * error)) return null;
  return value < 0 ? "B" : "A";
}
