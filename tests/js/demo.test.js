/** The stand-alone page's pure parts. Its layers are compared with Keras in tests/vae/formats/exporting/test_demo_layers.py. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { activation, erf } from "../../assets/js/demo/activations.js";
import { dimensionAxes, moveTo, placeOn, placesOn } from "../../assets/js/demo/axes.js";
import { drawsOf } from "../../assets/js/demo/draws.js";
import { makeLayer } from "../../assets/js/demo/layers.js";
import { LocalChannel } from "../../assets/js/demo/localchannel.js";
import { multiply, transposed } from "../../assets/js/demo/matrix.js";
import { Network } from "../../assets/js/demo/network.js";
import { codesOf, halfToNumber, numbersOf, weightsOf } from "../../assets/js/demo/payload.js";

const base64 = (array) => Buffer.from(array.buffer).toString("base64");
const near = (found, expected, within = 1e-6) =>
  [...expected].forEach((value, i) => assert.ok(Math.abs(found[i] - value) <= within, `${[...found]} for ${[...expected]}`));

test("half precision, all kinds of numbers", () => {
  const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x7c00, 0xfc00];
  const numbers = [0, -0, 1, -2, 0.333251953125, 65504, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, Infinity, -Infinity];
  assert.deepEqual(bits.map(halfToNumber), numbers);
  assert.ok(Number.isNaN(halfToNumber(0x7e00)));
  assert.deepEqual([...numbersOf(base64(Uint16Array.of(0x3c00, 0xc000, 0x3800)), "float16")], [1, -2, 0.5]);
  assert.deepEqual([...numbersOf(base64(Float32Array.of(1.25, -3)), "float32")], [1.25, -3]);
});

test("weights are cut by their shapes, in order", () => {
  const data = base64(Float32Array.of(1, 2, 3, 4, 5, 6, 7));
  const weights = weightsOf({ type: "float32", shapes: { "a/kernel": [2, 2], "a/bias": [2], "b/x": [] }, data });
  assert.deepEqual(Object.values(weights).map((values) => [...values]), [[1, 2, 3, 4], [5, 6], [7]]); // prettier-ignore
});

test("codes and labels", () => {
  const codes = codesOf({ rows: 2, codes: base64(Uint16Array.of(0x3c00, 0, 0, 0x3c00)), labels: base64(Uint16Array.of(7, 300)) }, 2);
  assert.deepEqual([codes.rows, codes.dimensions, [...codes.means], [...codes.labels]], [2, 2, [1, 0, 0, 1], [7, 300]]);
});

test("matrix products of every size that the blocks can leave over, also into a wider matrix", () => {
  for (const [rows, inner, columns] of [[1, 1, 1], [1, 3, 4], [2, 5, 4], [3, 2, 7], [5, 4, 9], [4, 6, 3]]) {
    const a = Float32Array.from({ length: rows * inner }, (_, i) => Math.sin(i));
    const b = Float32Array.from({ length: inner * columns }, (_, i) => Math.cos(3 * i));
    const bias = Float32Array.from({ length: columns }, (_, i) => i);
    const stride = columns + 2;
    const out = new Float32Array(rows * stride + 1).fill(9);
    multiply(a, transposed(b, inner, columns), bias, out, { rows, inner, columns, stride, at: 1 });
    const expected = new Float32Array(out.length).fill(9);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        let sum = bias[c];
        for (let i = 0; i < inner; i++) sum += a[r * inner + i] * b[i * columns + c];
        expected[1 + r * stride + c] = sum;
      }
    }
    near(out, expected);
  } // prettier-ignore
});

test("the error function", () => {
  near([erf(0), erf(0.5), erf(-1), erf(3)], [0, 0.5204998778, -0.8427007929, 0.9999779095], 2e-7);
});

test("an unknown layer or activation is named", () => {
  assert.throws(() => activation("constructor"), /no activation called constructor/);
  assert.throws(() => makeLayer({ name: "a", kind: "Lambda" }, {}, [[1]], [1]), /The layer a is a Lambda/);
  assert.throws(() => makeLayer({ name: "a", kind: "toString" }, {}, [[1]], [1]), /The layer a is a toString/);
});

test("memory is used again, but not while a later layer reads it", () => {
  const act = (name, input) => ({ name, kind: "Rescaling", inputs: [input], scale: 2, offset: 1 });
  const chain = ["b", "c", "d", "e", "f"].map((name, i) => act(name, "abcde"[i]));
  const layers = [act("a", "input"), ...chain, { name: "sum", kind: "Add", inputs: ["f", "a"] }];
  const shapes = Object.fromEntries(["input", ...layers.map(({ name }) => name)].map((name) => [name, [2]]));
  const network = new Network({ layers, shapes, output: "sum" }, {});
  assert.deepEqual([...network.run([1, -1])], [127 + 3, -1 - 1]);
  assert.deepEqual([...network.run([0, 0])], [63 + 1, 63 + 1]);
});

test("a place on a plane and back: only the plane's directions change", () => {
  const half = Math.SQRT1_2;
  const plane = { origin: [1, 2, 3], axes: [[half, half, 0], [0, 0, 1]] }; // prettier-ignore
  const z = [4, 0, -1];
  const moved = moveTo(plane, z, [0.5, 2]);
  near(placeOn(plane, moved), [0.5, 2]);
  const across = (code) => code[0] - code[1]; // the direction that is not in the plane
  near([across(moved)], [across(z)]);
  near(moveTo(dimensionAxes(3, 2, 0), z, [7, 8]), [8, 0, 7]);
  const codes = { means: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, dimensions: 3 };
  near(placesOn(dimensionAxes(3, 2, 0), codes), [3, 1, 6, 4]);
});

test("draws: normal, made before, or near a code", () => {
  const codes = { means: Float32Array.of(10, 20, 30, 40), rows: 2, dimensions: 2 };
  const half = () => 0.5;
  const normal = drawsOf({ prior: "normal", latentDim: 1 }, [], codes, null);
  const many = Array.from({ length: 4000 }, () => normal()[0]);
  const mean = many.reduce((a, b) => a + b) / 4000;
  const variance = many.reduce((a, b) => a + (b - mean) ** 2, 0) / 4000;
  assert.ok(Math.abs(mean) < 0.1 && Math.abs(variance - 1) < 0.15, `${mean} ${variance}`);

  const made = drawsOf({ prior: "realnvp", latentDim: 2 }, [], codes, Float32Array.of(1, 2, 3, 4, 5, 6), half);
  assert.deepEqual([1, 2, 3, 4].map(() => [...made()]), [[5, 6], [1, 2], [3, 4], [5, 6]]); // prettier-ignore

  const dimensions = [{ index: 0, spread: 2 }, { index: 1, spread: 0 }]; // prettier-ignore
  const [x, y] = drawsOf({ prior: null, latentDim: 2 }, dimensions, codes, null, half)();
  assert.ok(x !== 30 && Math.abs(x - 30) < 2 && y === 40);
});

test("many codes are decoded in slices, and the newest request of a lane is the one that is answered", async () => {
  let frames = 0;
  globalThis.requestAnimationFrame = (callback) => (frames++, setTimeout(callback));
  const decode = ([z]) => {
    for (const until = performance.now() + 4; performance.now() < until; ); // slow enough for two a slice
    return Uint8Array.of(z);
  };
  const decoder = { pixels: { length: 1 }, decode };
  const channel = new LocalChannel(decoder, 2);
  const replies = [];
  await new Promise((resolve) => {
    channel.ask(1, 0, 1, Float32Array.of(9, 0), () => replies.push("old"));
    channel.ask(1, 0, 3, Float32Array.of(1, 0, 2, 0, 3, 0), ({ body }) => {
      replies.push([...body]);
      resolve();
    });
  });
  assert.deepEqual([replies, frames > 0], [[[1, 2, 3]], true]);
});
