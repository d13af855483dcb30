/**
 * Ways to damage a picture of 28 × 28 pixels. Pure.
 */

const SIDE = 28;

/** @typedef {"noise" | "shift" | "hide" | "turn"} Damage */

/**
 * @param {Damage} kind
 * @param {ArrayLike<number>} x in [0, 1]
 * @param {number} amount 0 to 1
 * @param {number[]} random numbers in [0, 1], for the noise: two for each pixel
 * @returns {Float32Array}
 */
export function damaged(kind, x, amount, random) {
  const out = Float32Array.from(x);
  if (kind === "noise") {
    for (let i = 0; i < out.length; i++) if (random[2 * i] < amount * 0.5) out[i] = random[2 * i + 1];
  } else if (kind === "hide") {
    const width = Math.round(amount * SIDE);
    for (let row = 0; row < SIDE; row++) out.fill(0, row * SIDE, row * SIDE + width);
  } else {
    const angle = kind === "turn" ? amount * Math.PI : 0;
    const right = kind === "shift" ? amount * 10 : 0;
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const [dx, dy] = [column - 13.5 - right, row - 13.5];
        out[row * SIDE + column] = at(x, 13.5 + dx * Math.cos(angle) + dy * Math.sin(angle), 13.5 - dx * Math.sin(angle) + dy * Math.cos(angle));
      }
    }
  }
  return out;
}

/** The value between pixels, by bilinear interpolation; 0 outside. @param {ArrayLike<number>} x */
function at(x, column, row) {
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [right, down] = [column - left, row - top];
  const value = (c, r) => (c < 0 || r < 0 || c >= SIDE || r >= SIDE ? 0 : x[r * SIDE + c]);
  return (1 - down) * ((1 - right) * value(left, top) + right * value(left + 1, top)) + down * ((1 - right) * value(left, top + 1) + right * value(left + 1, top + 1));
}
