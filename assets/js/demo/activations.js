/**
 * Keras' activations by name. They change the array in place.
 */

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clip = (x, low, high) => (x < low ? low : x > high ? high : x);
const elu = (x) => (x > 0 ? x : Math.expm1(x));
const hardSigmoid = (x) => clip(x + 3, 0, 6) / 6;

// Constants of SELU (Klambauer et al. 2017).
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** The error function, with an error below 1.5e-7 (Abramowitz & Stegun 1964, formula 7.1.26). */
export function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

const ELEMENTWISE = {
  linear: null,
  relu: (x) => (x > 0 ? x : 0),
  relu6: (x) => clip(x, 0, 6),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu,
  selu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  celu: elu, // the same for alpha 1
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(softplus(x)),
  sigmoid,
  hard_sigmoid: hardSigmoid,
  hard_silu: (x) => x * hardSigmoid(x),
  log_sigmoid: (x) => -softplus(-x),
  tanh: Math.tanh,
  hard_tanh: (x) => clip(x, -1, 1),
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  exponential: Math.exp,
};

/**
 * @param {string} name
 * @param {number} channels length of the last axis
 * @returns {(values: Float32Array) => void}
 */
export function activation(name, channels) {
  if (name === "softmax") return (values) => softmax(values, channels);
  if (!Object.hasOwn(ELEMENTWISE, name)) throw new Error(`There is no activation called ${name}.`);
  const f = ELEMENTWISE[name];
  return f === null ? () => {} : elementwise(f);
}

/** @param {(x: number) => number} f @returns {(values: Float32Array) => void} */
export function elementwise(f) {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = f(values[i]);
  };
}

function softmax(values, channels) {
  for (let start = 0; start < values.length; start += channels) {
    const row = values.subarray(start, start + channels);
    const most = row.reduce((a, b) => Math.max(a, b));
    let sum = 0;
    for (let i = 0; i < channels; i++) sum += row[i] = Math.exp(row[i] - most);
    for (let i = 0; i < channels; i++) row[i] /= sum;
  }
}
