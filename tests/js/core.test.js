/** Parts that all pages share. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { DelayedSend } from "../../assets/js/core/delayed_send.js";
import { History } from "../../assets/js/core/history.js";
import { Paced } from "../../assets/js/core/paced.js";
import { StatusLine, connectionText } from "../../assets/js/core/status.js";
import { installElements } from "./elements.js";

beforeEach(() => {
  installElements();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("a state is sent once, some time after its last change", () => {
  let sent = 0;
  const delayed = new DelayedSend(100, () => sent++);
  delayed.schedule();
  mock.timers.tick(60);
  delayed.schedule();
  mock.timers.tick(60);
  assert.equal(sent, 0, "the second change starts the delay again");
  mock.timers.tick(40);
  assert.equal(sent, 1);
  mock.timers.tick(1000);
  assert.equal(sent, 1);
});

test("leaving a page sends a pending state, and nothing without one", () => {
  let sent = 0;
  const delayed = new DelayedSend(100, () => sent++);
  delayed.flush();
  assert.equal(sent, 0);
  delayed.schedule();
  delayed.flush();
  assert.equal(sent, 1);
  mock.timers.tick(1000);
  delayed.flush();
  assert.equal(sent, 1, "it is not sent again");
  delayed.now();
  assert.equal(sent, 2);
  delayed.schedule();
  delayed.cancel();
  mock.timers.tick(1000);
  assert.equal(sent, 2);
});

test("a status line is hidden while it is empty", () => {
  const line = new StatusLine();
  assert.equal(line.node.hidden, true);
  line.show("Loading …");
  assert.deepEqual([line.node.hidden, line.text], [false, "Loading …"]);
  line.show();
  assert.deepEqual([line.node.hidden, line.text], [true, ""]);
});

test("an open connection has no text, a refused one its reason", () => {
  const texts = ["opening", "open", "lost", "refused"].map((state) => connectionText({ state, message: "No such model." }));
  assert.deepEqual(texts, ["Loading the model …", "", "Connection lost. Reconnecting …", "No such model."]);
});

test("a paced function runs at once, and again after the interval if it was called in between", () => {
  let calls = 0;
  const paced = new Paced(50, () => calls++);
  for (let i = 0; i < 5; i++) paced.call();
  assert.equal(calls, 1);
  mock.timers.tick(49);
  assert.equal(calls, 1);
  mock.timers.tick(1);
  assert.equal(calls, 2);
  mock.timers.tick(500);
  assert.equal(calls, 2, "there was no call in between");
  paced.call();
  assert.equal(calls, 3);
  paced.call();
  paced.cancel();
  mock.timers.tick(500);
  assert.equal(calls, 3);
});

test("a brief text goes by itself, but not a later one", () => {
  const line = new StatusLine();
  line.showBriefly("Saved.");
  assert.equal(line.text, "Saved.");
  mock.timers.tick(10_000);
  assert.equal(line.text, "");
  line.showBriefly("Copied.");
  line.show("Connection lost.");
  mock.timers.tick(10_000);
  assert.equal(line.text, "Connection lost.");
});

test("a history goes back and forth, and a new point removes what could be redone", () => {
  const history = History.of("one model");
  let changes = 0;
  history.addEventListener("change", () => changes++);
  assert.equal(history.step(-1), null);
  history.record([0, 0], null);
  history.record([1, 2], 7);
  history.record([1.0004, 2], null);
  assert.equal(changes, 2, "the same point, rounded by Python, is no change");
  history.record([3, 4], null);
  assert.equal(history.canRedo, false);
  assert.deepEqual([...history.step(-1).z], [1, 2]);
  assert.equal(history.step(-1).image, null);
  assert.equal(history.canUndo, false);
  assert.equal(history.step(-1), null);
  assert.equal(history.step(1).image, 7);
  history.record([5, 6], null);
  assert.equal(history.canRedo, false, "[3, 4] cannot be redone");
  assert.deepEqual([...history.step(-1).z], [1, 2]);
  assert.equal(History.of("one model"), history);
  assert.equal(History.of("another model").canUndo, false);
});

test("an image that becomes known later is kept with its point", () => {
  const history = History.of("late image");
  history.record([0], null);
  history.record([1], null);
  history.record([1], 5);
  history.record([2], null);
  assert.equal(history.step(-1).image, 5);
});

test("a history keeps the last two hundred points", () => {
  const history = History.of("a long walk");
  for (let i = 0; i < 300; i++) history.record([i], null);
  let steps = 0;
  let last = null;
  for (let visited = history.step(-1); visited; visited = history.step(-1)) [steps, last] = [steps + 1, visited];
  assert.equal(steps, 199);
  assert.deepEqual([...last.z], [100]);
});
