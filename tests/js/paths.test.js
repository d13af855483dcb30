/** The Interpolate page's pure parts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { mixed } from "../../assets/js/paths/between.js";
import { missingOf } from "../../assets/js/paths/film.js";
import { codeAt, codeOnWay, eased, paced, placesOf, reportOf } from "../../assets/js/paths/path.js";
import { votesOf } from "../../assets/js/paths/row.js";
import { betweenCorners, slerp, straightLeg } from "../../assets/js/paths/straight.js";
import { Timeline } from "../../assets/js/paths/timeline.js";
import { firstImage } from "../../assets/js/paths/first_image.js";

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

test("a path can be exported when it is found, and all of them when all are", () => {
  const row = (kind, legs, { converges = false, failed = null } = {}) => ({ kind, path: { converges }, legs, failed, there: legs.every(({ codes }) => codes) });
  const found = { codes: CODES, report: {} };
  const coming = { codes: CODES, report: null };
  const rows = [row("straight", [coming]), row("geodesic", [coming], { converges: true }), row("graph", [{ codes: null, report: null }])];
  const walk = { rows, even: false };
  assert.equal(missingOf(walk, "straight"), "", "its codes are final before it is measured");
  assert.notEqual(missingOf({ ...walk, even: true }, "straight"), "", "the even pace needs the measurements");
  assert.match(missingOf(walk, "geodesic"), /this path when it is found/);
  assert.match(missingOf(walk, "graph"), /this path when it is found/);
  assert.match(missingOf(walk, "all"), /when all of them are found/);
  assert.equal(missingOf({ ...walk, rows: rows.map(({ kind, path }) => row(kind, [found], path)) }, "all"), "");
  assert.match(missingOf({ ...walk, rows: [row("graph", [{ codes: null, report: null }], { failed: "No way." })] }, "graph"), /Choose other stops/);
});

test("ease is slow at both ends and half-way at half time", () => {
  assert.deepEqual([eased(0), eased(0.5), eased(1)], [0, 0.5, 1]);
  assert.ok(eased(0.1) < 0.05 && eased(0.9) > 0.95);
});

test("votes are grouped in runs", () => {
  const runs = votesOf([4, 4, 9, 4]);
  assert.deepEqual(runs.map(([label]) => label), [4, 9, 4]); // prettier-ignore
  assert.ok(Math.abs(runs[0][1] - 0.5) < 1e-9 && Math.abs(runs[1][1] - 0.25) < 1e-9);
});

const near = (found, expected, message) => [...found].forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-6, `${message}: ${[...found]} for ${expected}`));

test("a place on the way is on its leg, and beyond the ends on the outer ones", () => {
  const legs = [0, 100, 200].map((start) => ({ codes: CODES.map(([x]) => [start + x]), report: null }));
  near(codeOnWay(legs, 0, false), [20], "the first stop");
  near(codeOnWay(legs, 1.5, false), [140], "half-way along the second leg");
  near(codeOnWay(legs, 3, false), [260], "the last stop");
  near(codeOnWay(legs, -0.5, false), [0], "before");
  near(codeOnWay(legs, 3.5, false), [280], "beyond");
});

test("an even pace is each leg's own, where it is known", () => {
  const way = [0, 0.9, 1]; // most happens in the first half
  const legs = [{ codes: CODES, report: { way } }, { codes: CODES, report: null }];
  near(codeOnWay(legs, 0.9, true), [40, 20], "half of the way of the code");
  near(codeOnWay(legs, 1.9, true), codeOnWay(legs, 1.9, false), "unknown");
});

test("legs' reports are one, and none while one is missing", () => {
  const report = { length: 2, jumps: 1, speed: [1, 3], off: [10, 20, 99], votes: [1, 1, 7] };
  const joined = reportOf([{ report }, { report: { ...report, off: [99, 5, 6], votes: [7, 8, 8] } }]);
  assert.deepEqual(joined, { length: 4, jumps: 2, speed: [1, 3, 1, 3], off: [10, 20, 99, 5, 6], votes: [1, 1, 7, 8, 8] });
  assert.equal(reportOf([{ report }, { report: null }]), null);
  assert.equal(reportOf([]), null);
});

test("straight legs have their ends at their places, and weights that stay shares", () => {
  const [a, b] = [Float32Array.of(3, 0, 1, 0), Float32Array.of(0, 3, 0, 1)];
  for (const kind of ["linear", "slerp"]) {
    const leg = straightLeg(kind, a, b, 2);
    assert.equal(leg.length, 81);
    assert.deepEqual([...leg[20]], [...a]);
    assert.deepEqual([...leg[60]], [...b]);
    near(leg[0].subarray(2), [1, 0], "before");
    near(leg[80].subarray(2), [0, 1], "beyond");
    near(leg[40].subarray(2), [0.5, 0.5], "half-way");
  }
  near(straightLeg("linear", a, b, 2)[40].subarray(0, 2), [1.5, 1.5], "the chord");
  near(straightLeg("slerp", a, b, 2)[40].subarray(0, 2), [3 / Math.SQRT2, 3 / Math.SQRT2], "the arc");
});

test("slerp turns evenly, its radius is interpolated, and what has no direction is settled", () => {
  const path = slerp([2, 0], [0, 4]);
  near(path(0.5), [3 / Math.SQRT2, 3 / Math.SQRT2], "half-way");
  near(slerp([0, 0], [0, 4])(0.25), [0, 1], "from zero it is straight");
  const round = slerp([1, 0, 0], [-1, 0, 0]);
  near(round(0.5), [0, 1, 0], "opposite codes go round by the axis they reach least");
  near(slerp([1, 1], [1, 1])(0.3), [1, 1], "from where it is to where it is");
  near(slerp([2], [-2])(0.25), [1], "on a line it is straight");
});

test("a path form that is not there is refused, and not drawn as another", () => {
  const [a, b] = [Float32Array.of(0, 1), Float32Array.of(1, 0)];
  for (const form of ["wormhole", "", "constructor"]) {
    assert.throws(() => straightLeg(form, a, b, 2), /No path form is called .*linear, slerp/);
  }
});

test("between four corners", () => {
  const corners = [[2, 0], [0, 2], [-2, 0], [0, -2]].map((code) => Float32Array.from(code)); // prettier-ignore
  for (const spherical of [false, true]) {
    near(betweenCorners(corners, 0, 0, spherical, 2), [2, 0], "above left");
    near(betweenCorners(corners, 1, 1, spherical, 2), [0, -2], "below right");
  }
  near(betweenCorners(corners, 0.5, 0, false, 2), [1, 1], "the upper edge");
  near(betweenCorners(corners, 0.5, 0, true, 2), [Math.SQRT2, Math.SQRT2], "the upper arc");
  near(betweenCorners(corners, 0.5, 0.5, false, 2), [0, 0], "the middle");
});

test("a timeline rests at its stops and goes on", () => {
  const timeline = new Timeline(2, [1, 0, 0.5], false);
  assert.equal(timeline.duration, 5.5);
  for (const [time, place] of [[0, 0], [1, 0], [2, 0.5], [3, 1], [4, 1.5], [5, 2], [5.5, 2], [99, 2]]) assert.equal(timeline.placeAt(time), place, `at ${time}`); // prettier-ignore
  for (const [place, time] of [[0, 0], [0.5, 2], [1, 3], [1.5, 4], [2, 5]]) assert.ok(Math.abs(timeline.timeOf(place) - time) < 1e-9, `to ${place}`); // prettier-ignore
  const eased = new Timeline(2, [0, 0], true);
  assert.ok(eased.placeAt(0.2) < 0.1 && Math.abs(eased.placeAt(eased.timeOf(0.3)) - 0.3) < 1e-6);
});

test("a film has the walk's frames, there and back without one twice", () => {
  const frames = new Timeline(1, [0, 0], false).frames(5, true);
  near(frames, [0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25], "there and back");
  assert.equal(new Timeline(1, [0.5, 0.5], false).frames(30, false).length, 60);
  assert.deepEqual(new Timeline(0.5, [0, 0], false).frames(1, true), [0, 1]);
});

test("a strip has its stops among its pictures, where there are enough", () => {
  near(placesOf(1, 5), [0, 0.25, 0.5, 0.75, 1], "one leg");
  for (const [legs, steps] of [[2, 9], [3, 9], [3, 10], [8, 9], [11, 25]]) {
    const places = placesOf(legs, steps);
    assert.equal(places.length, steps);
    for (let stop = 0; stop <= legs; stop++) assert.ok(places.includes(stop), `${stop} of ${legs} in ${places}`);
    assert.deepEqual(places, [...places].sort((a, b) => a - b));
  } // prettier-ignore
  near(placesOf(4, 3), [0, 2, 4], "too few");
});

test("a new picture is of another class than the others, as long as there is one", () => {
  const labels = Uint8Array.from([0, 0, 0, 1, 1, 2]);
  for (const random of [() => 0, () => 0.5, () => 0.999]) {
    assert.ok(labels[firstImage(labels, [0], random)] !== 0);
    assert.equal(firstImage(labels, [1, 3], random), 5);
    assert.ok([1, 2, 4].includes(firstImage(labels, [0, 3, 5], random)), "all classes are taken: any other image");
    assert.ok(firstImage(Uint8Array.from([0, 0, 0]), [1], random) !== 1, "without classes: any other image");
    assert.equal(firstImage(Uint8Array.from([0]), [0], random), 0, "there is one image alone");
  }
  assert.deepEqual([firstImage(labels, [], () => 0), firstImage(labels, [], () => 0.999)], [0, 5], "the first: any");
});

test("what does not change along a path is that of the first code", () => {
  const codes = [Float32Array.of(1, 2, 0, 1), Float32Array.of(3, 4, 1, 0)]; // z of two numbers, weights of two classes
  const as = (between) => mixed(codes, 2, between).map((code) => [...code]);
  assert.deepEqual(as("both"), [[1, 2, 0, 1], [3, 4, 1, 0]]); // prettier-ignore
  assert.deepEqual(as("code"), [[1, 2, 0, 1], [3, 4, 0, 1]]); // prettier-ignore
  assert.deepEqual(as("class"), [[1, 2, 0, 1], [1, 2, 1, 0]]); // prettier-ignore
});
