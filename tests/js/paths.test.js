/** The Interpolate page's pure parts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { codeAt, eased, paced } from "../../assets/js/paths/course.js";
import { votesOf } from "../../assets/js/paths/row.js";

const CODES = Array.from({ length: 81 }, (_, i) => [i, 100 - 2 * i]); // at t = -0.5 … 1.5

test("a code at a place is between those at even places", () => {
  assert.deepEqual([...codeAt(CODES, -0.5)], [0, 100]);
  assert.deepEqual([...codeAt(CODES, 0)], [20, 60]);
  assert.deepEqual([...codeAt(CODES, 1)], [60, -20]);
  assert.deepEqual([...codeAt(CODES, 0.5125)], [40.5, 19]);
  assert.deepEqual([...codeAt(CODES, 9)], [80, -60]);
  assert.deepEqual([...codeAt(CODES, -9)], [0, 100]);
});

test("even pace finds where so much has changed", () => {
  const way = [0, 0.1, 0.2, 1]; // the last third changes most
  assert.ok(Math.abs(paced(way, 0.2) - 2 / 3) < 1e-9);
  assert.ok(Math.abs(paced(way, 0.6) - (2 / 3 + 1 / 6)) < 1e-9);
  assert.equal(paced(way, 0), 0);
  assert.equal(paced(way, 1), 1);
  assert.equal(paced(way, -0.3), -0.3);
  assert.equal(paced([0, 0, 0, 1], 0.5) > 2 / 3, true, "where nothing changes it does not stay");
});

test("ease is slow at both ends and half-way at half time", () => {
  assert.deepEqual([eased(0), eased(0.5), eased(1)], [0, 0.5, 1]);
  assert.ok(eased(0.1) < 0.05 && eased(0.9) > 0.95);
});

test("votes are told in runs", () => {
  const runs = votesOf([4, 4, 9, 4]);
  assert.deepEqual(runs.map(([label]) => label), [4, 9, 4]); // prettier-ignore
  assert.ok(Math.abs(runs[0][1] - 0.5) < 1e-9 && Math.abs(runs[1][1] - 0.25) < 1e-9);
});
