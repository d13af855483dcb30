/** Gamepad and MIDI knobs: what their values mean. No device is needed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Point } from "../../assets/js/core/point.js";
import { codeAfter } from "../../assets/js/explore/follow.js";
import { deflection, newlyPressed } from "../../assets/js/explore/gamepad.js";
import { Knobs } from "../../assets/js/explore/knobs.js";
import { knobName, parseKnob, stepsOf } from "../../assets/js/explore/midi.js";
import { nudged, targetIdOf, targetsOf } from "../../assets/js/explore/targets.js";

const DIMENSIONS = [
  { index: 1, low: -2, high: 2, active: false },
  { index: 0, low: -1, high: 3, active: true },
];
const DIRECTION = { id: "d", title: "thin to thick", vector: [1, 1], start: [0, 0], low: -1, high: 1 };

function storage(entries = {}) {
  const kept = new Map(Object.entries(entries));
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => void kept.set(key, text), kept };
}

function knobsAt(z, store = storage()) {
  const point = new Point(z);
  const knobs = new Knobs("m", targetsOf(point, DIMENSIONS, [DIRECTION]), store);
  const turn = (knob, value) => {
    const found = knobs.turn({ knob, value });
    if (!found) return null;
    found.target.write(found.value, {});
    knobs.wrote(knob, found.target.read());
    return found.value;
  };
  return { point, knobs, turn };
}

test("targets are the sliders, active dimensions first, and write the point", () => {
  const point = new Point([0.5, 0]);
  const targets = targetsOf(point, DIMENSIONS, [DIRECTION]);
  assert.deepEqual(targets.map(({ id }) => id), ["z0", "z1", "direction/d"]);
  targets[2].write(1, {});
  assert.deepEqual([...point.z], [1.25, 0.75], "only the part along the direction changes");
  assert.equal(targets[2].read(), 1);
  assert.equal(targetIdOf({ dataset: { dimension: "3" } }), "z3");
  assert.equal(targetIdOf({ dataset: { direction: "d" } }), "direction/d");
  assert.equal(targetIdOf({ dataset: {} }), undefined);
});

test("a stick rests near its middle and is finest beside it", () => {
  assert.equal(deflection(0.1), 0);
  assert.equal(deflection(-1), -1);
  assert.ok(deflection(0.5) > 0 && deflection(0.5) < 0.25);
  assert.equal(deflection(1.2), 1);
});

test("a button acts once while it is held", () => {
  assert.deepEqual(newlyPressed([false, false], [true, false]), [0]);
  assert.deepEqual(newlyPressed([true, false], [true, true]), [1]);
  assert.deepEqual(newlyPressed([true], [false]), []);
});

test("a stick does not leave the range, and a value beyond it can only return", () => {
  const [target] = targetsOf(new Point([2.9, 0]), DIMENSIONS, []);
  assert.equal(nudged(target, 1), 3);
  target.write(5, {});
  assert.equal(nudged(target, 1), 5);
  assert.equal(nudged(target, -1), 4);
});

test("only control changes are knobs", () => {
  assert.deepEqual(parseKnob([0xb0, 20, 64]), { knob: "1/20", value: 64 });
  assert.deepEqual(parseKnob(Uint8Array.of(0xbf, 7, 127)), { knob: "16/7", value: 127 });
  for (const other of [[0x90, 60, 100], [0xb0, 20], [0xf8], null, undefined, [0xb0, 200, 1]]) assert.equal(parseKnob(other), null);
  assert.deepEqual([1, 3, 127, 125].map(stepsOf), [1, 3, -1, -3]);
  assert.deepEqual(["1/20", "3/7"].map(knobName), ["Knob 20", "Knob 7, channel 3"]);
});

test("a knob takes over when it passes the slider's value, without a jump", () => {
  const { point, knobs, turn } = knobsAt([1, 0]); // the middle of −1…3
  knobs.assign("1/20", "z0");
  assert.equal(turn("1/20", 10), null, "it is far below");
  assert.equal(turn("1/20", 50), null);
  assert.equal(point.z[0], 1);
  const caught = turn("1/20", 70); // passed 63.5
  assert.ok(Math.abs(caught - (-1 + (70 / 127) * 4)) < 1e-9);
  assert.ok(turn("1/20", 127) === 3, "from now on it leads");
  assert.ok(turn("1/20", 0) === -1);
});

test("a slider that something else moves must be caught again", () => {
  const { point, knobs, turn } = knobsAt([-1, 0]);
  knobs.assign("1/20", "z0");
  assert.equal(turn("1/20", 0), -1, "it is there already");
  point.move([2.5, 0]);
  assert.equal(turn("1/20", 1), null);
  assert.equal(point.z[0], 2.5);
  assert.equal(turn("1/20", 127), 3, "passed");
});

test("a knob that gets another slider must catch that one", () => {
  const { point, knobs, turn } = knobsAt([-1, -2]);
  knobs.assign("1/20", "z0");
  assert.equal(turn("1/20", 0), -1);
  point.set(1, 1);
  knobs.assign("1/20", "z1");
  assert.equal(turn("1/20", 120), null, "its way from 0 belonged to the other slider");
  assert.equal(point.z[1], 1);
});

test("a value beyond the range is caught at its end", () => {
  const { turn, knobs } = knobsAt([9, 0]);
  knobs.assign("1/20", "z0");
  assert.equal(turn("1/20", 64), null);
  assert.equal(turn("1/20", 127), 3);
});

test("an endless encoder moves at once, by steps", () => {
  const { point, knobs, turn } = knobsAt([1, 0]);
  knobs.assign("1/20", "z0");
  knobs.setRelative("1/20", true);
  turn("1/20", 2);
  assert.ok(Math.abs(point.z[0] - (1 + (2 * 4) / 127)) < 1e-6);
  turn("1/20", 126);
  assert.ok(Math.abs(point.z[0] - 1) < 1e-6);
  assert.equal(turn("1/21", 5), null, "this knob controls nothing");
});

test("mappings are kept by model, and can be replaced and removed", () => {
  const store = storage();
  const { knobs } = knobsAt([0, 0], store);
  knobs.assign("1/20", "z0");
  knobs.assign("1/21", "direction/d");
  knobs.assign("1/20", "z1");
  knobs.setStick(1, "direction/d");
  const again = knobsAt([0, 0], store).knobs;
  assert.deepEqual(again.mappings.map(({ knob, target }) => [knob, target]), [["1/21", "direction/d"], ["1/20", "z1"]]);
  assert.deepEqual(again.sticks, ["z0", "direction/d", "direction/d", ""]);
  again.remove("1/21");
  assert.deepEqual(knobsAt([0, 0], store).knobs.mappings.map(({ knob }) => knob), ["1/20"]);
  assert.deepEqual([...store.kept.keys()], ["zscope-controllers/m"]);
});

test("damaged mappings are left out", () => {
  for (const text of ["{", "null", "[]", '{"knobs": 3, "sticks": ["z0"]}', '{"knobs": [null, {"knob": "x", "target": "z0"}, {"knob": "1/2"}]}']) {
    const { knobs } = knobsAt([0, 0], storage({ "zscope-controllers/m": text }));
    assert.deepEqual(knobs.mappings, [], text);
    assert.equal(knobs.sticks[0], "z0", text);
  }
});

test("a remote change sets a whole code, values and positions on sliders", () => {
  const ranges = new Map(DIMENSIONS.map((dimension) => [dimension.index, dimension]));
  const after = (change) => codeAfter(Float32Array.of(1, 2), change, ranges);
  assert.deepEqual(after({ set: { 1: -0.5 } }), [1, -0.5]);
  assert.deepEqual(after({ slider: { 0: 0.25, 1: 1 } }), [0, 2]);
  assert.deepEqual(after({ z: [7, 8], set: { 0: 3 } }), [3, 8]);
  assert.equal(after({ random: true }), null);
  assert.throws(() => after({ z: [1, 2, 3] }), /3 values, but this model has 2/);
  assert.throws(() => after({ set: { 2: 0 } }), /dimension 2, but this model has 2/);
  assert.throws(() => after({ slider: { 9: 0 } }), /dimension 9/);
});
