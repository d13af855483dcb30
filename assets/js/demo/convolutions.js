/**
 * Keras' convolutions, channels last. Each maker takes a layer and returns `(inputs, out) => void`.
 */

/** @typedef {import("./layers.js").Made} Made */

import { activation } from "./activations.js";
import { multiply, transposed } from "./matrix.js";

/** Number of padding pixels before the first pixel, as in TensorFlow's padding "same". */
export function paddingBefore(side, places, step, reach, padding) {
  return padding === "same" ? Math.floor(Math.max(0, (places - 1) * step + reach - side) / 2) : 0;
}

/** For each output row, the input patches of all its pixels are collected in a matrix and multiplied by the kernel. @returns {Made} */
export function conv2D({ kernel_size: [kh, kw], strides, dilation_rate: rates, padding, groups, activation: name }, weights, [shape], outShape) {
  const [height, width, channels] = shape;
  const [outHeight, outWidth, filters] = outShape;
  const top = paddingBefore(height, outHeight, strides[0], (kh - 1) * rates[0] + 1, padding);
  const left = paddingBefore(width, outWidth, strides[1], (kw - 1) * rates[1] + 1, padding);
  const part = channels / groups; // input channels of a group
  const inner = kh * kw * part;
  const kernel = transposed(weights.kernel, inner, filters); // filters × inner
  const kernels = groupsOf(kernel, groups);
  const biases = weights.bias ? groupsOf(weights.bias, groups) : null;
  const seen = new Float32Array(outWidth * inner);
  const size = { rows: outWidth, inner, columns: filters / groups, stride: filters };
  const act = activation(name, filters);

  function see(x, oy, group) {
    let at = 0;
    for (let ox = 0; ox < outWidth; ox++) {
      for (let ky = 0; ky < kh; ky++) {
        const y = oy * strides[0] - top + ky * rates[0];
        for (let kx = 0; kx < kw; kx++, at += part) {
          const column = ox * strides[1] - left + kx * rates[1];
          if (y < 0 || y >= height || column < 0 || column >= width) {
            seen.fill(0, at, at + part);
          } else {
            const from = (y * width + column) * channels + group * part;
            for (let c = 0; c < part; c++) seen[at + c] = x[from + c];
          }
        }
      }
    }
  }

  return ([x], out) => {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let group = 0; group < groups; group++) {
        see(x, oy, group);
        size.at = oy * outWidth * filters + group * size.columns;
        multiply(seen, kernels[group], biases && biases[group], out, size);
      }
    }
    act(out);
  };
}

/**
 * Multiplies each input row by the kernel and adds the products to the output pixels that the kernel covers. Without
 * dilation: `vae/models/networks/dilated_transpose.py` replaces dilated layers. @returns {Made}
 */
export function conv2DTranspose({ kernel_size: [kh, kw], strides, padding, activation: name }, weights, [shape], outShape) {
  const [height, width, channels] = shape;
  const [outHeight, outWidth, filters] = outShape;
  // The layer is the gradient of a convolution from `outShape` to `shape` and has that convolution's padding.
  const top = paddingBefore(outHeight, height, strides[0], kh, padding);
  const left = paddingBefore(outWidth, width, strides[1], kw, padding);
  const columns = kh * kw * filters; // the kernel is stored as columns × channels
  const spread = new Float32Array(width * columns);
  const size = { rows: width, inner: channels, columns };
  const act = activation(name, filters);

  return ([x], out) => {
    if (weights.bias) for (let i = 0; i < out.length; i += filters) out.set(weights.bias, i);
    else out.fill(0);
    for (let iy = 0; iy < height; iy++) {
      multiply(x.subarray(iy * width * channels, (iy + 1) * width * channels), weights.kernel, null, spread, size);
      for (let ky = 0; ky < kh; ky++) {
        const oy = iy * strides[0] - top + ky;
        if (oy < 0 || oy >= outHeight) continue;
        for (let ix = 0; ix < width; ix++) {
          for (let kx = 0; kx < kw; kx++) {
            const ox = ix * strides[1] - left + kx;
            if (ox < 0 || ox >= outWidth) continue;
            const to = (oy * outWidth + ox) * filters;
            const from = ix * columns + (ky * kw + kx) * filters;
            for (let f = 0; f < filters; f++) out[to + f] += spread[from + f];
          }
        }
      }
    }
    act(out);
  };
}

/** Convolves each channel separately, to `depth_multiplier` output channels each. @returns {Made} */
export function depthwiseConv2D({ kernel_size: [kh, kw], strides, dilation_rate: rates, padding, depth_multiplier: multiplier, activation: name }, weights, [shape], outShape) {
  const [height, width, channels] = shape;
  const [outHeight, outWidth, filters] = outShape;
  const top = paddingBefore(height, outHeight, strides[0], (kh - 1) * rates[0] + 1, padding);
  const left = paddingBefore(width, outWidth, strides[1], (kw - 1) * rates[1] + 1, padding);
  const { kernel, bias } = weights;
  const act = activation(name, filters);

  return ([x], out) => {
    if (bias) for (let i = 0; i < out.length; i += filters) out.set(bias, i);
    else out.fill(0);
    for (let oy = 0, to = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, to += filters) {
        for (let ky = 0; ky < kh; ky++) {
          const y = oy * strides[0] - top + ky * rates[0];
          if (y < 0 || y >= height) continue;
          for (let kx = 0; kx < kw; kx++) {
            const column = ox * strides[1] - left + kx * rates[1];
            if (column < 0 || column >= width) continue;
            const from = (y * width + column) * channels;
            const tap = (ky * kw + kx) * filters;
            for (let c = 0, f = 0; c < channels; c++) {
              for (let m = 0; m < multiplier; m++, f++) out[to + f] += x[from + c] * kernel[tap + f];
            }
          }
        }
      }
    }
    act(out);
  };
}

/** A depthwise convolution, then a 1 × 1 convolution. @returns {Made} */
export function separableConv2D(layer, weights, shapes, outShape) {
  const between = [outShape[0], outShape[1], shapes[0][2] * layer.depth_multiplier];
  const values = new Float32Array(between[0] * between[1] * between[2]);
  const depthwise = depthwiseConv2D({ ...layer, activation: "linear" }, { kernel: weights.depthwise_kernel }, shapes, between);
  const pointwise = { ...layer, kernel_size: [1, 1], strides: [1, 1], dilation_rate: [1, 1], padding: "valid", groups: 1 };
  const across = conv2D(pointwise, { kernel: weights.pointwise_kernel, bias: weights.bias }, [between], outShape);
  return (inputs, out) => {
    depthwise(inputs, values);
    across([values], out);
  };
}

function groupsOf(array, groups) {
  const size = array.length / groups;
  return Array.from({ length: groups }, (_, group) => array.subarray(group * size, (group + 1) * size));
}
