/** The walk through the scenes of a talk. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ease } from "../../assets/js/core/glide.js";
import { Walk, formatTime, isNear } from "../../assets/js/stage/walk.js";

const scene = (title, more = {}) => ({ title, notes: "", page: "explore", model: "one", z: [1, 2], image: null, map: null, seconds: 1, picture: "", ...more });
const talk = { id: "intro", title: "Intro", scenes: [scene("a"), scene("b", { page: "map" }), scene("c")] };
const page = (more = {}) => ({ base: "", page: "explore", model: "one", map: null, talk, scene: 0, turn: 1, ...more });

test("a walk begins at the scene that Python has opened and continues in the browser", () => {
  const walk = new Walk();
  assert.equal(walk.take(page({ scene: 1 }), 5000), true);
  assert.equal(walk.scene.title, "b");
  assert.equal(walk.since, 5000);
  assert.equal(walk.to(2), true);
  assert.equal(walk.next, undefined);
  assert.equal(walk.to(3), false); // there is none
  assert.equal(walk.scene.title, "c");
  // Python's page runs again, and knows only the scene that it has opened.
  assert.equal(walk.take(page({ scene: 1 }), 9000), false);
  assert.equal(walk.scene.title, "c");
  assert.equal(walk.since, 5000); // the time goes on
  assert.equal(walk.take(page({ scene: 0, turn: 2 })), true);
  assert.equal(walk.scene.title, "a");
  assert.equal(walk.to(-1), false);
});

test("without a talk there are no scenes", () => {
  const walk = new Walk();
  walk.take(page());
  assert.equal(walk.take(page({ talk: null })), false);
  assert.equal(walk.scene, undefined);
  assert.equal(walk.to(0), false);
  assert.equal(walk.take(page({ turn: 1 }), 7000), true); // the same talk, started again
  assert.equal(walk.since, 7000);
});

test("only a point of the open page, model and map is reached without Python", () => {
  assert.equal(isNear(scene("x"), page()), true);
  assert.equal(isNear(scene("x", { map: "method=pca" }), page()), false);
  assert.equal(isNear(scene("x", { map: "method=pca" }), page({ map: "method=pca" })), true);
  assert.equal(isNear(scene("x", { model: "two" }), page()), false);
  assert.equal(isNear(scene("x", { page: "map" }), page()), false);
  assert.equal(isNear(scene("x", { z: null }), page()), false);
  assert.equal(isNear(scene("x", { page: "compare" }), page({ page: "compare" })), false);
});

test("a transition begins and ends slowly and reaches its end", () => {
  assert.equal(ease(0), 0);
  assert.equal(ease(1), 1);
  assert.equal(ease(0.5), 0.5);
  assert.ok(ease(0.05) < 0.01 && ease(0.95) > 0.99);
});

test("times are minutes and seconds", () => {
  assert.deepEqual([0, 59_999, 60_000, 3_725_000, -5].map(formatTime), ["0:00", "0:59", "1:00", "62:05", "0:00"]);
});

test("a page that comes late does not undo a step that the user has made since", () => {
  const walk = new Walk();
  walk.take(page());
  walk.to(1);
  walk.asked = true; // Python opens scene 1
  walk.to(2);
  walk.late = true; // the user has gone on
  walk.take(page({ page: "map", scene: 1, turn: 2 }));
  assert.equal(walk.index, 2);
  assert.equal(walk.asked, false);
  walk.late = false;
  walk.take(page({ scene: 0, turn: 3 }));
  assert.equal(walk.index, 0);
});
