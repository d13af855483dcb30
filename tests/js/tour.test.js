/** The steps of the tour, and where the user is in it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Progress } from "../../assets/js/tour/progress.js";
import { arithmetic, changed, classesOf, stepsOf } from "../../assets/js/tour/steps.js";

const DIGITS = { latentDim: 3, codeDim: 3, classes: ["0", "4", "9"], prior: "standard" };

function memory(kept = {}) {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => void (kept[key] = text) };
}

test("arithmetic moves an image by the difference of the mean codes of two classes", () => {
  const codes = { rows: 5, dimensions: 2, means: Float32Array.of(0, 0, 1, 2, 10, 20, 3, 4, 30, 0), labels: Uint16Array.of(0, 1, 2, 1, 2) };
  const { image, start, end } = arithmetic(codes, 1, 2);
  assert.equal(image, 1);
  assert.deepEqual([...start], [1, 2]);
  assert.deepEqual([...end], [1 + 20 - 2, 2 + 10 - 3]); // means (2, 3) and (20, 10)
  assert.equal(arithmetic(codes, 1, 7), null);
});

test("a model without suitable classes has no arithmetic", () => {
  assert.deepEqual(classesOf(DIGITS), [1, 2]);
  assert.deepEqual(classesOf({ ...DIGITS, classes: ["shirt", "shoe"] }), [0, 1]);
  assert.deepEqual(classesOf({ ...DIGITS, classes: [] }), [null, null]);
  assert.deepEqual(classesOf({ ...DIGITS, codeDim: 6 }), [null, null]); // the class is an input of the decoder
  assert.deepEqual(stepsOf(DIGITS).map(({ id }) => id), ["drag", "random", "map", "draw", "arithmetic"]);
  assert.equal(stepsOf({ ...DIGITS, classes: [] }).at(-1).id, "draw");
  assert.doesNotMatch(stepsOf({ ...DIGITS, prior: null })[1].text, /prior/);
});

test("a random code differs in most dimensions, a click on a map in any", () => {
  const [, random, map] = stepsOf(DIGITS);
  assert.equal(changed([0, 0, 0], [0, 0.001, 2]), 1);
  assert.equal(random.done([0, 0, 0], [0, 0, 2]), false);
  assert.equal(random.done([0, 0, 0], [1, 0, 2]), true);
  assert.equal(map.done([0, 0, 0], [0, 0, 0]), false);
  assert.equal(map.done([0, 0, 0], [0, 0, 2]), true);
});

test("the tour is offered once, goes on, and ends", () => {
  const storage = memory();
  const progress = new Progress(storage);
  assert.deepEqual(progress.read(), { state: "new", step: 0 });
  progress.run(2);
  assert.deepEqual(new Progress(storage).read(), { state: "running", step: 2 });
  progress.end();
  assert.equal(progress.read().state, "done");
  assert.equal(new Progress(memory({ "zscope-tour": "-1" })).read().state, "done");
  assert.equal(new Progress(memory({ "zscope-tour": "" })).read().state, "done");
  const full = { getItem: () => null, setItem: () => { throw new Error("full"); } };
  new Progress(full).run(1); // no error
});
