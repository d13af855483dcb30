/**
 * Keras' layers by name. Each maker takes a layer's settings, its weights and its shapes, prepares what it can once, and
 * returns the function that computes the layer.
 */

import { activation, elementwise } from "./activations.js";
import { conv2D, conv2DTranspose, depthwiseConv2D, separableConv2D } from "./convolutions.js";
import { multiply, transposed } from "./matrix.js";
import { edged, globalPooling, pooling, upSampling2D } from "./resampling.js";

/** @typedef {(inputs: Float32Array[], out: Float32Array) => void} Made */
/** @typedef {Record<string, Float32Array>} Weights by Keras' names */
/** @typedef {number[]} Shape without the batch axis */

const product = (shape) => shape.reduce((a, b) => a * b, 1);
const channelsOf = (shape) => shape[shape.length - 1];

/** @type {Record<string, (layer: any, weights: Weights, inShapes: Shape[], outShape: Shape) => Made>} */
const MAKERS = {
  Dense({ units, activation: name }, weights, [shape]) {
    const inner = channelsOf(shape);
    const kernel = transposed(weights.kernel, inner, units);
    const size = { rows: product(shape) / inner, inner, columns: units };
    const act = activation(name, units);
    return ([x], out) => {
      multiply(x, kernel, weights.bias ?? null, out, size);
      act(out);
    };
  },
  Conv2D: conv2D,
  Conv2DTranspose: conv2DTranspose,
  DepthwiseConv2D: depthwiseConv2D,
  SeparableConv2D: separableConv2D,

  BatchNormalization({ epsilon }, { gamma, beta, moving_mean: mean, moving_variance: variance }, [shape]) {
    const channels = channelsOf(shape);
    const scale = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + epsilon));
    const shift = Float64Array.from(mean, (value, c) => (beta?.[c] ?? 0) - value * scale[c]);
    return ([x], out) => {
      for (let i = 0, c = 0; i < x.length; i++, c = c + 1 === channels ? 0 : c + 1) out[i] = x[i] * scale[c] + shift[c];
    };
  },
  LayerNormalization(layer, weights, [shape]) {
    // One group at each position.
    return normalization(layer, weights, product(shape) / channelsOf(shape), 1, channelsOf(shape), 1);
  },
  GroupNormalization(layer, weights, [shape]) {
    const groups = layer.groups === -1 ? channelsOf(shape) : layer.groups;
    return normalization(layer, weights, 1, groups, channelsOf(shape), product(shape) / channelsOf(shape));
  },

  Flatten: () => copy,
  Reshape: () => copy,
  Permute({ dims }, weights, [shape], outShape) {
    const steps = dims.map((axis) => product(shape.slice(axis)));
    const from = new Uint32Array(product(shape));
    for (let i = 0; i < from.length; i++) {
      let rest = i;
      for (let axis = outShape.length - 1; axis >= 0; axis--) {
        from[i] += (rest % outShape[axis]) * steps[axis];
        rest = Math.floor(rest / outShape[axis]);
      }
    }
    return ([x], out) => {
      for (let i = 0; i < out.length; i++) out[i] = x[from[i]];
    };
  },

  Activation: ({ activation: name }, weights, [shape]) => onCopy(activation(name, channelsOf(shape))),
  ReLU({ max_value: most, negative_slope: slope, threshold }) {
    const top = most ?? Infinity;
    return onCopy(elementwise((x) => (x < threshold ? slope * (x - threshold) : Math.min(x, top))));
  },
  LeakyReLU: ({ negative_slope: slope }) => onCopy(elementwise((x) => (x > 0 ? x : slope * x))),
  ELU: ({ alpha }) => onCopy(elementwise((x) => (x > 0 ? x : alpha * Math.expm1(x)))),
  PReLU({ shared_axes: shared }, { alpha }, [shape]) {
    const sides = shape.map((side, axis) => (shared?.includes(axis + 1) ? 1 : side));
    const slopes = new Float32Array(product(shape));
    for (let i = 0; i < slopes.length; i++) {
      let [rest, at, step] = [i, 0, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += sides[axis] === 1 ? 0 : (rest % shape[axis]) * step;
        step *= sides[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      slopes[i] = alpha[at];
    }
    return ([x], out) => {
      for (let i = 0; i < x.length; i++) out[i] = x[i] > 0 ? x[i] : slopes[i] * x[i];
    };
  },
  Rescaling({ scale, offset }) {
    const [scales, offsets] = [[scale].flat(), [offset].flat()]; // one, or one for each channel
    return ([x], out) => {
      for (let i = 0; i < x.length; i++) out[i] = x[i] * scales[i % scales.length] + offsets[i % offsets.length];
    };
  },
  Clip: ({ x_min: least, x_max: most }) => onCopy(elementwise((x) => Math.min(Math.max(x, least), most))),
  Log: () => onCopy(elementwise(Math.log)),

  UpSampling2D: upSampling2D,
  ZeroPadding2D: ({ padding }, weights, shapes, outShape) => edged(padding, shapes, outShape),
  Cropping2D: ({ cropping }, weights, shapes, outShape) => edged(cropping.map((pair) => pair.map((side) => -side)), shapes, outShape),
  MaxPooling2D: (layer, weights, shapes, outShape) => pooling(layer, shapes, outShape, false),
  AveragePooling2D: (layer, weights, shapes, outShape) => pooling(layer, shapes, outShape, true),
  GlobalMaxPooling2D: (layer, weights, shapes) => globalPooling(shapes, false),
  GlobalAveragePooling2D: (layer, weights, shapes) => globalPooling(shapes, true),

  Add: () => (inputs, out) => {
    out.set(inputs[0]);
    for (const x of inputs.slice(1)) for (let i = 0; i < out.length; i++) out[i] += x[i];
  },
  Multiply: () => (inputs, out) => {
    out.set(inputs[0]);
    for (const x of inputs.slice(1)) for (let i = 0; i < out.length; i++) out[i] *= x[i];
  },
  Concatenate(layer, weights, shapes, outShape) {
    const widths = shapes.map(channelsOf);
    return (inputs, out) => {
      let at = 0;
      inputs.forEach((x, index) => {
        const width = widths[index];
        for (let from = 0, to = at; from < x.length; from += width, to += channelsOf(outShape)) {
          out.set(x.subarray(from, from + width), to);
        }
        at += width;
      });
    };
  },
};

/** Every kind of layer. */
export const KINDS = Object.keys(MAKERS);

/**
 * @param {{name: string, kind: string}} layer with its settings
 * @param {Weights} weights
 * @param {Shape[]} inShapes
 * @param {Shape} outShape
 * @returns {Made}
 */
export function makeLayer(layer, weights, inShapes, outShape) {
  const maker = Object.hasOwn(MAKERS, layer.kind) ? MAKERS[layer.kind] : null;
  if (!maker) throw new Error(`The layer ${layer.name} is a ${layer.kind}, which this page cannot compute.`);
  return maker(layer, weights, inShapes, outShape);
}

function copy([x], out) {
  out.set(x);
}

function onCopy(act) {
  return ([x], out) => {
    out.set(x);
    act(out);
  };
}

/**
 * Normalises to mean 0 and variance 1 over `places` × the channels of a group, separately for each of `blocks` blocks.
 *
 * @param {{epsilon: number}} layer
 * @param {Weights} weights
 * @param {number} blocks
 * @param {number} groups
 * @param {number} channels
 * @param {number} places
 * @returns {Made}
 */
function normalization({ epsilon }, weights, blocks, groups, channels, places) {
  const { gamma, beta } = weights;
  const width = channels / groups;
  return ([x], out) => {
    for (let block = 0; block < blocks; block++) {
      for (let group = 0; group < groups; group++) {
        const first = block * places * channels + group * width;
        let sum = 0;
        for (let p = 0; p < places; p++) for (let c = 0; c < width; c++) sum += x[first + p * channels + c];
        const mean = sum / (places * width);
        let squares = 0;
        for (let p = 0; p < places; p++) for (let c = 0; c < width; c++) squares += (x[first + p * channels + c] - mean) ** 2;
        const scale = 1 / Math.sqrt(squares / (places * width) + epsilon);
        for (let c = 0; c < width; c++) {
          const channel = group * width + c;
          const by = scale * (gamma?.[channel] ?? 1);
          const shift = (beta?.[channel] ?? 0) - mean * by;
          for (let p = 0; p < places; p++) out[first + p * channels + c] = x[first + p * channels + c] * by + shift;
        }
      }
    }
  };
}
