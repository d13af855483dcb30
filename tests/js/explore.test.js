import assert from "node:assert/strict";
import { test } from "node:test";

import { parseCodes } from "../../assets/js/core/data.js";
import { dimensionName, formatNumber } from "../../assets/js/core/dom.js";
import { formatPoint } from "../../assets/js/core/link.js";
import { meterWords, verdict } from "../../assets/js/core/meter.js";
import { Point } from "../../assets/js/core/point.js";
import { frameRate, quantile } from "../../assets/js/core/readout.js";
import { Walk, catmullRom, normal } from "../../assets/js/core/walk.js";

function seeded(seed) {
  return () => ((seed = (seed * 1664525 + 1013904223) >>> 0) / 2 ** 32);
}

test("the spline goes through its stops and is smooth across them", () => {
  const [a, b, c, d] = [[0, 0], [1, 2], [3, 1], [4, 4]];
  const out = [0, 0];
  assert.deepEqual(catmullRom(a, b, c, d, 0, out), b);
  assert.deepEqual([...catmullRom(a, b, c, d, 1, out)], c);
  const before = [...catmullRom(a, b, c, d, 0.999, out)];
  const after = [...catmullRom(b, c, d, d, 0.001, out)];
  const slopes = [0, 1].map((i) => [c[i] - before[i], after[i] - c[i]]);
  for (const [left, right] of slopes) assert.ok(Math.abs(left - right) < 1e-4);
});

test("the walk begins at the given code, keeps its speed and stays near the data", () => {
  const random = seeded(1);
  const codes = Float32Array.from({ length: 4000 }, () => normal(random)); // 2,000 codes in 2 dimensions
  const walk = new Walk(codes, 2, [0.5, 0.5], { random });
  let last = Float32Array.of(0.5, 0.5);
  const out = new Float32Array(2);
  walk.step(0, out);
  assert.deepEqual([...out], [0.5, 0.5]);
  for (let i = 0; i < 2000; i++) {
    walk.step(1 / 60, out);
    assert.ok(Math.hypot(out[0] - last[0], out[1] - last[1]) < 0.25, "no leaps");
    assert.ok(Math.hypot(...out) < 5, "within the data's region");
    last = Float32Array.from(out);
  }
});

test("the walk goes from near to near and does not cut across empty space", () => {
  const random = seeded(4);
  const codes = Float32Array.from({ length: 4000 }, (_, i) => normal(random) + (i % 4 < 2 ? -20 : 20)); // two islands
  const walk = new Walk(codes, 2, [-20, -20], { random });
  const out = new Float32Array(2);
  for (let i = 0; i < 3000; i++) assert.ok(walk.step(1 / 30, out)[0] < 0, "it stays on its island");
});

test("a walk over identical codes does not hang", () => {
  const walk = new Walk(new Float32Array(20), 2, [0, 0], { random: seeded(2) });
  const out = new Float32Array(2);
  for (let i = 0; i < 100; i++) walk.step(0.1, out);
  assert.deepEqual([...out], [0, 0]);
});

test("normal draws have mean 0 and variance 1", () => {
  const random = seeded(3);
  const draws = Array.from({ length: 20000 }, () => normal(random));
  const mean = draws.reduce((a, b) => a + b) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05);
});

test("quantiles are by nearest rank, frame rates over the frames' span", () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.95), 4);
  assert.equal(quantile([7], 0), 7);
  assert.ok(Number.isNaN(quantile([], 0.5)));
  assert.equal(frameRate([0, 20, 40, 60]), 50);
  assert.ok(Number.isNaN(frameRate([0, 10])));
});

test("a point reports what changed, by which control, and when the input ended", () => {
  const point = new Point([0, 0]);
  const seen = [];
  point.addEventListener("move", (event) => seen.push([[...point.z], event.change]));
  point.set(1, 2, { since: 5 });
  point.move([3, 4]);
  point.rest();
  assert.deepEqual(seen, [[[0, 2], { since: 5 }], [[3, 4], {}], [[3, 4], { rest: true }]]);
});

test("codes are read from the server's layout", () => {
  const buffer = new ArrayBuffer(8 + 4 * 6 + 2 * 3);
  new Uint32Array(buffer, 0, 2).set([3, 2]);
  new Float32Array(buffer, 8, 6).set([1, 2, 3, 4, 5, 6]);
  new Uint16Array(buffer, 32).set([9, 8, 700]);
  const codes = parseCodes(buffer);
  assert.deepEqual([codes.rows, codes.dimensions], [3, 2]);
  assert.deepEqual([...codes.means], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...codes.labels], [9, 8, 700]);
});

test("a link's point has three decimals and no trailing zeros", () => {
  assert.equal(formatPoint([0, -1.5, 0.12349, -0.0001, 12]), "0,-1.5,0.123,0,12");
});

test("words for numbers", () => {
  assert.equal(dimensionName(13), "z₁₃");
  assert.equal(formatNumber(-0.004), "0.00");
  assert.equal(formatNumber(-1.5, 1), "−1.5");
  assert.match(verdict(0), /closer to the data than 100 %/);
  assert.match(verdict(34), /closer to the data than 66 %/);
  assert.match(verdict(95), /farther from the data than 95 % .*edge/);
  assert.match(verdict(99.4), /99.4 % .*off the data/);
  assert.match(verdict(100), /every test image: off the data/);
});

test("the meter warns if its percentage rests on few images", () => {
  assert.equal(meterWords(34, 1.234, 1000), "closer to the data than 66 % of the test images (1.23 latent units)");
  assert.equal(meterWords(34, 1.234, 100), meterWords(34, 1.234, 1000));
  assert.equal(meterWords(95, 2, 99), "farther from the data than 95 % of the test images: at the edge (2.00 latent units, compared with only 99 test images)");
  assert.match(meterWords(100, 2, 12), /off the data \(2\.00 latent units, compared with only 12 test images\)$/);
});
