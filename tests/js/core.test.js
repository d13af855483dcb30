/** Parts that all pages share. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { DelayedSend } from "../../assets/js/core/delayed_send.js";
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
