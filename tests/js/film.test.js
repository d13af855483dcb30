import assert from "node:assert/strict";
import { test } from "node:test";

import { follow, frameUrl, lastOf } from "../../assets/js/train/film.js";

test("the first look is at the newest frame", () => {
  assert.equal(follow([], [0, 1, 2], undefined), 2);
  assert.equal(follow([], [0], undefined), 0);
});

test("who is at the newest frame goes on with the film", () => {
  assert.equal(follow([0, 1, 2], [0, 1, 2, 3, 4], 2), 4);
  assert.equal(follow([0], [0, 1], 0), 1, "also from before training");
  assert.equal(follow([0, 1], [0, 1], 1), 1);
});

test("who has scrubbed back stays there, however many frames come", () => {
  assert.equal(follow([0, 1, 2], [0, 1, 2, 3, 4], 1), 1);
  assert.equal(follow([0, 1, 2], [0, 1, 2, 3], 0), 0, "before training is a place as well");
});

test("a frame that is gone gives way to the newest", () => {
  // A run that went on from an older checkpoint has cut what came after it.
  assert.equal(follow([0, 1, 2, 3], [0, 1], 2), 1);
  assert.equal(follow([0, 1, 2, 3], [0, 1], 3), 1);
});

test("the film of a finished run ends on the epoch that was kept", () => {
  assert.equal(follow([], [0, 1, 2, 3], undefined, 2), 2);
  assert.equal(follow([0, 1, 2], [0, 1, 2, 3], 2, 2), 2, "who was at the newest is taken there");
  assert.equal(follow([0, 1, 2, 3], [0, 1, 2, 3], 1, 2), 1, "who has scrubbed back stays");
  assert.equal(lastOf([0, 1, 2, 3], 2), 2);
  assert.equal(lastOf([0, 1, 2, 3], null), 3, "it still trains");
  assert.equal(lastOf([0, 2, 4], 3), 4, "an older run: it took no frame of it");
});

test("a frame's address names run, epoch and kind, below the app's path", () => {
  const run = { base: "", run: "my-run", version: "1" };
  assert.equal(frameUrl(run, 0, "codes"), "/content/runs/my-run/film/0/codes?v=1");
  assert.equal(
    frameUrl({ ...run, base: "/that/path" }, 12, "reconstructions"),
    "/that/path/content/runs/my-run/film/12/reconstructions?v=1",
  );
});

test("a run of the same name that began later has other addresses", () => {
  // As the server writes it: the plus of a time zone would be read as a blank.
  const version = "2026-01-02T03:04:05.000006+00:00";
  const url = new URL(frameUrl({ base: "", run: "a", version }, 1, "codes"), "http://localhost");
  assert.equal(url.searchParams.get("v"), version);
  assert.deepEqual([...url.searchParams.keys()], ["v"]);
});
