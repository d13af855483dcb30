/** The Compare page's pure parts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { sentence } from "../../assets/js/compare/classcard.js";
import { DimensionMap } from "../../assets/js/compare/dimension_map.js";
import { RAMP, stepOf } from "../../assets/js/compare/linkedmap.js";
import { meanOf, pairedDifference, smaller, spoken } from "../../assets/js/compare/statistics.js";
import { parseChange, parseMatching } from "../../assets/js/compare/wire.js";

const MATCHING = {
  pairs: [
    { a: 0, b: 1, correlation: -1, slope: -2 },
    { a: 2, b: 0, correlation: 0.5, slope: 0.25 },
  ],
  weights: Float32Array.from([0, -2, 1, 0, 0.25, 0]), // 3 × 2
};

test("B's matched dimensions move by the slope, the others not at all", () => {
  const follower = new DimensionMap(2, MATCHING);
  follower.anchor([1, 1, 1], [5, 6, 0, 1]); // two class weights behind z
  assert.deepEqual([...follower.follow([1, 1, 1])], [5, 6, 0, 1]);
  assert.deepEqual([...follower.follow([2, 1, 1])], [5, 4, 0, 1]);
  assert.deepEqual([...follower.follow([1, 9, 1])], [5, 6, 0, 1]); // without a partner
  assert.deepEqual([...follower.follow([1, 1, 5])], [6, 6, 0, 1]);
});

test("all of B follows all of A by the weights", () => {
  const follower = new DimensionMap(2, MATCHING);
  follower.way = "linear";
  follower.anchor([0, 0, 0], [1, 1]);
  assert.deepEqual([...follower.follow([1, 1, 4])], [3, -1]);
  assert.deepEqual([...follower.follow([0, 0, 0])], [1, 1]);
});

test("a new anchor is where B is; without a matching it stays there", () => {
  const follower = new DimensionMap(2, MATCHING);
  follower.anchor([0, 0, 0], [0, 0]);
  const moved = follower.follow([1, 0, 0]);
  follower.anchor([1, 0, 0], moved);
  assert.deepEqual([...follower.follow([1, 0, 0])], [...moved]);
  assert.deepEqual([...follower.follow([0, 0, 0])], [0, 0]);
  const alone = new DimensionMap(2, null);
  alone.anchor([0], [3, 4]);
  assert.deepEqual([...alone.follow([99])], [3, 4]);
});

test("means, paired differences and what is called better", () => {
  assert.deepEqual(meanOf([1, 2, 3, 4]), { value: 2.5, error: Math.sqrt(5) / 4, count: 4 });
  const gap = pairedDifference([1, 2, 3, 4], [2, 2, 5, 5]);
  assert.equal(gap.value, 1);
  assert.ok(Math.abs(gap.error - Math.sqrt(0.5 / 4)) < 1e-12); // as vae.evaluation.comparison.figures has it
  assert.equal(smaller({ value: -1, error: 0.4 }), "B");
  assert.equal(smaller({ value: 1, error: 0.4 }), "A");
  assert.equal(smaller({ value: 1, error: 0.5 }), null);
  assert.equal(smaller(meanOf([])), null);
  assert.equal(spoken({ value: -0.5, error: 0.25 }, 2), "−0.50 ± 0.25");
  assert.match(sentence([0.2, 0.4], [0.1, 0.3], "two"), /over two: A 0\.30000 .* B − A.*−0\.10000 ± 0\.00000; B is better/);
});

test("steps of the ramp", () => {
  assert.equal(stepOf(0), 0);
  assert.equal(stepOf(1), RAMP.length - 1);
  assert.ok(stepOf(0.5) > 0 && stepOf(0.5) < RAMP.length - 1);
});

/** As zscope/serving/comparing.py writes it. */
function headed(head, ...blocks) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const length = Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(4 + length + blocks.reduce((sum, block) => sum + block.byteLength, 0)).fill(32);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.set(text, 4);
  let at = 4 + length;
  for (const block of blocks) {
    bytes.set(new Uint8Array(block.buffer), at);
    at += block.byteLength;
  }
  return bytes.buffer;
}

test("what the server sends is read", () => {
  const head = { pairs: [[3, 1, -0.5, 0.25]], onlyA: [0], onlyB: [], share: 0.5 };
  const matching = parseMatching(headed(head, Float32Array.from([1, 2, 3])));
  assert.deepEqual(matching.pairs, [{ a: 3, b: 1, correlation: -0.5, slope: 0.25 }]);
  assert.deepEqual([...matching.weights], [1, 2, 3]);
  assert.deepEqual(matching.onlyA, [0]);
  const change = parseChange(headed({ neighbours: 15, mean: 0.5 }, Float32Array.from([0.25, 1]), Uint32Array.from([1, 0])));
  assert.deepEqual([[...change.change], [...change.order], change.neighbours], [[0.25, 1], [1, 0], 15]);
});
