/**
 * Keras' layers without weights that change the size of a picture, channels last.
 */

/** @typedef {import("./layers.js").Made} Made */
/** @typedef {import("./layers.js").Shape} Shape */

import { paddingBefore } from "./convolutions.js";

/** @returns {Made} */
export function upSampling2D({ size, interpolation }, weights, [shape], [outHeight, outWidth, channels]) {
  const width = shape[1];
  const [rows, columns] = [axis(shape[0], size[0], interpolation), axis(width, size[1], interpolation)];
  return ([x], out) => {
    for (let oy = 0, to = 0; oy < outHeight; oy++) {
      const { low: y0, high: y1, share: fy } = rows[oy];
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const { low: x0, high: x1, share: fx } = columns[ox];
        const [a, b] = [(y0 * width + x0) * channels, (y0 * width + x1) * channels];
        const [c, d] = [(y1 * width + x0) * channels, (y1 * width + x1) * channels];
        for (let i = 0; i < channels; i++) {
          const above = x[a + i] + (x[b + i] - x[a + i]) * fx;
          const below = x[c + i] + (x[d + i] - x[c + i]) * fx;
          out[to + i] = above + (below - above) * fy;
        }
      }
    }
  };
}

/** The two pixels on either side of each new pixel; the centre of a pixel is at ½. */
function axis(side, factor, interpolation) {
  return Array.from({ length: side * factor }, (_, i) => {
    if (interpolation === "nearest") return { low: Math.floor(i / factor), high: Math.floor(i / factor), share: 0 };
    const place = (i + 0.5) / factor - 0.5;
    const low = Math.floor(place);
    return { low: Math.max(0, low), high: Math.min(side - 1, low + 1), share: place - low };
  });
}

/**
 * The mean or the maximum of the pixels in a window; padding does not count.
 *
 * @param {{pool_size: number[], strides: number[], padding: string}} layer
 * @param {Shape[]} inShapes
 * @param {Shape} outShape
 * @param {boolean} average
 * @returns {Made}
 */
export function pooling({ pool_size: [ph, pw], strides, padding }, [shape], outShape, average) {
  const [height, width, channels] = shape;
  const [outHeight, outWidth] = outShape;
  const top = paddingBefore(height, outHeight, strides[0], ph, padding);
  const left = paddingBefore(width, outWidth, strides[1], pw, padding);
  return ([x], out) => {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const [y0, x0] = [oy * strides[0] - top, ox * strides[1] - left];
        const rows = [Math.max(0, y0), Math.min(height, y0 + ph)];
        const columns = [Math.max(0, x0), Math.min(width, x0 + pw)];
        const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
        for (let c = 0; c < channels; c++) {
          let most = -Infinity;
          let sum = 0;
          for (let y = rows[0]; y < rows[1]; y++) {
            for (let column = columns[0]; column < columns[1]; column++) {
              const value = x[(y * width + column) * channels + c];
              sum += value;
              if (value > most) most = value;
            }
          }
          out[(oy * outWidth + ox) * channels + c] = average ? sum / count : most;
        }
      }
    }
  };
}

/** The mean or the maximum of the whole picture. @param {Shape[]} inShapes @param {boolean} average @returns {Made} */
export function globalPooling([shape], average) {
  const [height, width] = shape;
  const whole = { pool_size: [height, width], strides: [1, 1], padding: "valid" };
  return pooling(whole, [shape], [1, 1], average);
}

/**
 * A picture with an edge of zeros, or without its edge where the numbers are negative.
 *
 * @param {number[][]} edges above and below, left and right
 * @param {Shape[]} inShapes
 * @param {Shape} outShape
 * @returns {Made}
 */
export function edged([[top], [left]], [[height, width, channels]], [outHeight, outWidth]) {
  return ([x], out) => {
    out.fill(0);
    for (let oy = Math.max(0, top); oy < Math.min(outHeight, height + top); oy++) {
      const ox = Math.max(0, left);
      const count = Math.min(outWidth, width + left) - ox;
      const from = ((oy - top) * width + ox - left) * channels;
      out.set(x.subarray(from, from + count * channels), (oy * outWidth + ox) * channels);
    }
  };
}
