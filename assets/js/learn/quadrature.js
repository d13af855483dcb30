/**
 * Expectations under a standard normal distribution by Gauss–Hermite quadrature. Pure.
 */

const INTERVALS = 401; // odd, so that no boundary is the root 0

/**
 * Nodes and weights for E[f(e)], e ~ N(0, 1): exact for polynomials up to the degree 2n − 1. The nodes are the roots of the
 * n-th Hermite polynomial (Abramowitz & Stegun, 25.4.46).
 *
 * @param {number} n
 * @returns {{nodes: number[], weights: number[]}}
 */
export function hermite(n) {
  const edge = 2 * Math.sqrt(n) + 1; // beyond the largest root
  const bounds = Array.from({ length: INTERVALS + 1 }, (_, i) => -edge + (2 * edge * i) / INTERVALS);
  const nodes = [];
  for (let i = 0; i < INTERVALS; i++) {
    const rises = polynomial(n, bounds[i]) < 0;
    if (rises === polynomial(n, bounds[i + 1]) < 0) continue;
    let [low, high] = [bounds[i], bounds[i + 1]];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (polynomial(n, middle) < 0 === rises) low = middle;
      else high = middle;
    }
    nodes.push((low + high) / 2);
  }
  return { nodes, weights: nodes.map((node) => 1 / (n * polynomial(n - 1, node) ** 2)) };
}

/** The Hermite polynomial with the mean square 1 under N(0, 1). @param {number} n @param {number} x */
function polynomial(n, x) {
  let [before, value] = [0, 1];
  for (let k = 0; k < n; k++) [before, value] = [value, (x * value - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
  return value;
}
