/**
 * Gives a drawing the size, position and contrast of the model's data, as in `vae/pictures/preparation/ink.py`. It runs
 * in the browser, so that drawing does not wait for the server. Pure.
 */

const THERE = 0.04; // strength of ink: weaker ink is ignored
const FAINT = 0.1;

/**
 * Pixels of a drawing → pixels of the model's shape; null if it is blank.
 *
 * @param {Uint8ClampedArray} rgba of the drawing
 * @param {[number, number]} size its height and width, a whole multiple of the model's
 * @param {[number, number, number]} shape of the model's images
 * @param {import("../core/messages.js").InputStyle} wants
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
export function toInput(rgba, size, shape, wants) {
  if (wants.content === "scene") return averaged(rgba, size, shape);
  const ink = inkOf(rgba, wants);
  const frame = placed(ink, size, shape, wants);
  if (!frame) return null;
  const [height, width, channels] = shape;
  const pixels = new Uint8Array(height * width * channels);
  const span = (wants.light ? 255 : 0) - wants.background;
  for (let i = 0; i < frame.length; i++) {
    pixels.fill(Math.min(255, Math.max(0, halfToEven(wants.background + frame[i] * span))), i * channels, (i + 1) * channels);
  }
  return pixels;
}

/** Strength of the ink, 0…1, by how far each pixel is from the background. */
function inkOf(rgba, { light, background }) {
  const span = (light ? 255 : 0) - background;
  const ink = new Float32Array(rgba.length / 4);
  for (let i = 0; i < ink.length; i++) {
    const grey = (rgba[4 * i] + rgba[4 * i + 1] + rgba[4 * i + 2]) / 3;
    const strength = (grey - background) / span;
    ink[i] = strength > THERE ? Math.min(1, strength) : 0;
  }
  return ink;
}

/**
 * @param {Float32Array} ink 0…1; 0 is background
 * @param {[number, number]} size
 * @param {[number, number, number] | [number, number]} shape
 * @param {import("../core/messages.js").InputStyle} wants
 * @returns {Float32Array | null} of the shape, 0…1
 */
export function placed(ink, [inkHeight, inkWidth], [height, width], { extent, centre, middle }) {
  const box = boxOf(ink, inkHeight, inkWidth);
  if (!box) return null;
  const [top, bottom, left, right] = box;
  const [partHeight, partWidth] = [bottom - top + 1, right - left + 1];
  const part = new Float32Array(partHeight * partWidth);
  for (let y = 0; y < partHeight; y++) {
    part.set(ink.subarray((top + y) * inkWidth + left, (top + y) * inkWidth + right + 1), y * partWidth);
  }
  const scale = (extent * Math.max(height, width)) / Math.max(partHeight, partWidth);
  const rows = Math.min(height, Math.max(1, halfToEven(partHeight * scale)));
  const columns = Math.min(width, Math.max(1, halfToEven(partWidth * scale)));
  const small = resized(part, [partHeight, partWidth], [rows, columns], scale < 1 ? BOX : BICUBIC);
  for (let i = 0; i < small.length; i++) small[i] = Math.min(1, Math.max(0, small[i]));
  const full = ninetieth(part) ?? 1;
  const gain = full / Math.max(ninetieth(small) ?? full, 0.3 * full); // thin strokes have become paler
  for (let i = 0; i < small.length; i++) small[i] = Math.min(1, small[i] * gain);
  const own = centre === "mass" ? massOf(small, rows, columns) : [rows / 2, columns / 2];
  const start = [height, width].map((side, axis) => {
    const length = [rows, columns][axis];
    return Math.min(side - length, Math.max(0, halfToEven(side * middle[axis] - own[axis])));
  });
  const frame = new Float32Array(height * width);
  for (let y = 0; y < rows; y++) frame.set(small.subarray(y * columns, (y + 1) * columns), (start[0] + y) * width + start[1]);
  return frame;
}

/** Resize as Pillow does: rows first, each output the weighted mean under its filter. */
export function resized(values, [height, width], [rows, columns], filter) {
  const across = weights(width, columns, filter);
  const half = new Float32Array(height * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      const { from, shares } = across[x];
      let sum = 0;
      for (let k = 0; k < shares.length; k++) sum += values[y * width + from + k] * shares[k];
      half[y * columns + x] = sum;
    }
  }
  const down = weights(height, rows, filter);
  const whole = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const { from, shares } = down[y];
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < shares.length; k++) sum += half[(from + k) * columns + x] * shares[k];
      whole[y * columns + x] = sum;
    }
  }
  return whole;
}

const BOX = { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const BICUBIC = { support: 2, at: bicubic };

function bicubic(x) {
  const [a, t] = [-0.5, Math.abs(x)];
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function weights(from, to, { support, at }) {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const middle = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - support * stretch + 0.5));
    const last = Math.min(from, Math.trunc(middle + support * stretch + 0.5));
    const shares = Array.from({ length: last - first }, (_, k) => at((first + k - middle + 0.5) / stretch));
    const sum = shares.reduce((a, b) => a + b, 0);
    return { from: first, shares: sum ? shares.map((share) => share / sum) : shares };
  });
}

/** Top, bottom, left and right, inclusive; null if there is no ink. */
function boxOf(ink, height, width) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] === 0) continue;
      if (y < top) top = y;
      bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  }
  return bottom < 0 ? null : [top, bottom, left, right];
}

/** Row and column of the centre of mass, pixels' middles being at .5. */
function massOf(values, rows, columns) {
  let [total, down, across] = [0, 0, 0];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const value = values[y * columns + x];
      total += value;
      down += value * (y + 0.5);
      across += value * (x + 0.5);
    }
  }
  return total ? [down / total, across / total] : [rows / 2, columns / 2];
}

/** The 90th percentile of the ink; null if there is none. */
function ninetieth(values) {
  const there = values.filter((value) => value > FAINT).sort();
  if (!there.length) return null;
  const place = 0.9 * (there.length - 1);
  const low = Math.floor(place);
  return there[low] + (place - low) * ((there[low + 1] ?? there[low]) - there[low]);
}

/** Round as Python does. */
function halfToEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Means of squares of pixels. */
function averaged(rgba, [height, width], [rows, columns, channels]) {
  const [tall, wide] = [height / rows, width / columns];
  const pixels = new Uint8Array(rows * columns * channels);
  const sums = new Float64Array(3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      sums.fill(0);
      for (let v = 0; v < tall; v++) {
        for (let u = 0; u < wide; u++) {
          const at = 4 * ((y * tall + v) * width + x * wide + u);
          for (let c = 0; c < 3; c++) sums[c] += rgba[at + c];
        }
      }
      const count = tall * wide;
      const start = (y * columns + x) * channels;
      if (channels === 1) pixels[start] = Math.round((sums[0] + sums[1] + sums[2]) / 3 / count);
      else for (let c = 0; c < 3; c++) pixels[start + c] = Math.round(sums[c] / count);
    }
  }
  return pixels;
}
