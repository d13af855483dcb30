/** Names of dimensions: what is measured in a picture, and what changes along a dimension. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { DimensionNames } from "../../assets/js/explore/dimension_names.js";
import { meaningOf, measurePicture, spreadOf } from "../../assets/js/core/picture_features.js";

const SIDE = 28;

/** A bar: its middle, half its width, half its height, and its shear. */
function bar({ x = 14, y = 14, half = 2, tall = 9, shear = 0, level = 255 } = {}) {
  const pixels = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const middle = x - shear * (row - y);
      if (Math.abs(row - y) <= tall && Math.abs(column - middle) <= half) pixels[row * SIDE + column] = level;
    }
  }
  return measurePicture(pixels, [SIDE, SIDE, 1]);
}

test("a bar is measured as it was drawn", () => {
  const upright = bar();
  assert.ok(Math.abs(upright.slant) < 1e-9 && Math.abs(upright["left–right"] - 0.5) < 1e-9);
  assert.ok(Math.abs(bar({ shear: 0.4 }).slant - 0.4) < 0.05);
  assert.ok(Math.abs(bar({ shear: -0.4 }).slant + 0.4) < 0.05);
  assert.ok(bar({ half: 4 }).thickness > 1.4 * upright.thickness);
  assert.ok(bar({ half: 4 }).width > 1.5 * upright.width);
  assert.ok(bar({ tall: 12 }).height > 1.2 * upright.height);
  assert.ok(bar({ level: 128 }).brightness < 0.6 * upright.brightness);
  assert.ok(Math.abs(bar({ x: 17 })["left–right"] - upright["left–right"] - 3 / SIDE) < 1e-9);
});

test("dark ink on a bright ground is measured like bright ink", () => {
  const pixels = new Uint8Array(SIDE * SIDE).fill(255);
  for (let row = 5; row <= 23; row++) for (let column = 12; column <= 16; column++) pixels[row * SIDE + column] = 0;
  assert.ok(Math.abs(measurePicture(pixels, [SIDE, SIDE, 1]).height - bar().height) < 1e-9);
});

test("an empty picture and colours are measured too", () => {
  for (const shape of [[4, 4, 1], [4, 4, 3]]) {
    const measured = measurePicture(new Uint8Array(shape[0] * shape[1] * shape[2]), shape);
    assert.ok(Object.values(measured).every(Number.isFinite));
  }
});

test("a dimension is named after what it changes in the same way from all starts", () => {
  const typical = spreadOf([bar(), bar({ half: 3 }), bar({ shear: 0.3 }), bar({ shear: -0.3 }), bar({ x: 16 }), bar({ tall: 11 })]);
  const starts = [1, 2, 3, 4, 5, 6].map((half) => ({ half }));
  const slanted = (by) => starts.map((one) => bar({ ...one, shear: by }));
  assert.equal(meaningOf(slanted(-0.5), slanted(0.5), typical), "slant");
  assert.equal(meaningOf(slanted(0.01), slanted(0.02), typical), "", "the change is small");
  const mixed = starts.map((one, i) => bar({ ...one, shear: i % 2 ? 0.5 : -0.5 }));
  const opposite = starts.map((one, i) => bar({ ...one, shear: i % 2 ? -0.5 : 0.5 }));
  assert.equal(meaningOf(mixed, opposite, typical), "", "it changes differently from different starts");
});

test("the user's names are kept and replace suggestions", async () => {
  const kept = {};
  const storage = { getItem: (key) => kept[key] ?? null, setItem: (key, text) => void (kept[key] = text) };
  const model = { id: "one", latentDim: 2, codeDim: 2, imageShape: [SIDE, SIDE, 1], decodeRows: 24 };
  const names = new DimensionNames(model, storage);
  // A decoder of bars: the first number is the shear, the second changes nothing.
  const channel = {
    ask(operation, lane, rows, codes, then) {
      const body = new Uint8Array(rows * SIDE * SIDE);
      for (let i = 0; i < rows; i++) {
        for (let row = 5; row <= 23; row++) for (let d = -2; d <= 2; d++) body[i * SIDE * SIDE + row * SIDE + Math.round(14 + d - 0.2 * codes[2 * i] * (row - 14))] = 255;
      }
      then({ body });
    },
  };
  const dimensions = [0, 1].map((index) => ({ index, active: true, median: 0, spread: 1 }));
  const means = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i));
  await names.suggest(channel, dimensions, Promise.resolve({ means, rows: 100, labels: new Uint16Array(100) }));
  assert.deepEqual([names.of(0), names.of(1)], ["slant", ""]);
  names.give(0, "  lean ");
  names.give(1, "nothing");
  assert.deepEqual([new DimensionNames(model, storage).of(0), names.isGiven(1)], ["lean", true]);
  names.give(0, "");
  assert.equal(names.of(0), "slant");
  kept["zscope-names/one"] = "{";
  assert.equal(new DimensionNames(model, storage).of(1), "");
});
