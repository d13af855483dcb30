/** The phones' page and the speaker's side of a room: frames, texts, moves, controls. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { unpackFrame } from "../../assets/js/audience/frames.js";
import { RoomConnection } from "../../assets/js/audience/connection.js";
import { Controls } from "../../assets/js/audience/controls.js";
import { valueAt } from "../../assets/js/audience/pad.js";
import { classText, statusText } from "../../assets/js/audience/texts.js";
import { Broadcast, movedCode } from "../../assets/js/core/broadcast.js";
import { Point } from "../../assets/js/core/point.js";
import { installElements } from "./elements.js";

const CONTROLS = [{ index: 3, low: -2, high: 2 }, { index: 0, low: -1, high: 3 }]; // prettier-ignore

class Socket {
  static all = [];
  readyState = 1;
  bufferedAmount = 0;
  sent = [];
  closed = false;

  constructor(url) {
    this.url = url;
    Socket.all.push(this);
  }

  send(message) {
    this.sent.push(message);
  }

  close() {
    this.closed = true;
  }

  hear(message) {
    this.onmessage({ data: typeof message === "string" || message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  }

  /** JSON texts that were sent. */
  get texts() {
    return this.sent.filter((one) => typeof one === "string").map((one) => JSON.parse(one));
  }
}

function memory(kept = {}) {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, text) => void (kept[key] = text), removeItem: (key) => void delete kept[key] };
}

beforeEach(() => {
  Socket.all = [];
  installElements();
  Object.assign(globalThis, { WebSocket: Socket, location: new URL("http://localhost/"), sessionStorage: memory(), addEventListener() {}, removeEventListener() {} });
});

function stateFrame(state) {
  const text = new TextEncoder().encode(JSON.stringify(state));
  const bytes = new Uint8Array(4 + text.length);
  bytes.set([1, 2]);
  bytes.set(text, 4);
  return bytes.buffer;
}

test("a picture frame is read as documented", () => {
  const bytes = new Uint8Array(12 + 8 + 3);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 1]);
  view.setUint16(2, 7, true);
  view.setUint32(4, 70_000, true);
  view.setUint16(8, 2, true);
  view.setFloat32(12, 0.5, true);
  view.setFloat32(16, -1, true);
  bytes.set([9, 8, 7], 20);
  const { picture } = unpackFrame(bytes.buffer);
  assert.deepEqual({ ...picture, values: [...picture.values], png: [...picture.png] }, { sequence: 70_000, shownClass: 7, values: [0.5, -1], png: [9, 8, 7] });
  view.setUint16(2, 0xffff, true);
  assert.equal(unpackFrame(bytes.buffer).picture.shownClass, null);
  assert.deepEqual(unpackFrame(stateFrame({ type: "ended" })), { state: { type: "ended" } });
});

test("what is no frame is an error", () => {
  for (const bytes of [[], [1], [2, 1, 0, 0], [1, 3, 0, 0], [1, 1, 0, 0]]) {
    assert.throws(() => unpackFrame(new Uint8Array(bytes).buffer), RangeError);
  }
});

test("the state of the session is said in words", () => {
  const room = (state, moving = false) => /** @type {any} */ ({ type: "room", state, moving });
  assert.equal(statusText("connecting", null), "Connecting …");
  assert.equal(statusText("open", room("waiting")), "Waiting for the speaker");
  assert.equal(statusText("open", room("live")), "Live");
  assert.equal(statusText("open", room("live", true)), "Live. You can move the point.");
  assert.match(statusText("open", room("away")), /not connected/);
  assert.match(statusText("lost", room("live")), /Reconnecting/);
  assert.equal(statusText("ended", room("live")), "The speaker ended the session.");
  assert.match(statusText("ended", null), /has ended/);
  assert.equal(classText(/** @type {any} */ ({ classes: ["zero", "one"] }), 1), "one");
  assert.equal(classText(/** @type {any} */ ({ classes: [] }), null), "");
});

test("a move changes z, and the class of a conditional model", () => {
  const z = Float32Array.of(0, 1, 2, 1, 0, 0);
  assert.deepEqual([...movedCode(z, 3, [[1, -1]], null)], [0, -1, 2, 1, 0, 0]);
  assert.deepEqual([...movedCode(z, 3, [], 2)], [0, 1, 2, 0, 0, 1]);
  assert.deepEqual([...movedCode(z, 3, [[4, 9]], 5)], [...z], "neither a class weight nor a class beyond the last");
  assert.deepEqual([...z], [0, 1, 2, 1, 0, 0]);
});

test("values on the pad end at its edges", () => {
  assert.equal(valueAt(0.5, CONTROLS[0]), 0);
  assert.equal(valueAt(2, CONTROLS[0]), 2);
  assert.equal(valueAt(-1, CONTROLS[1]), -1);
});

test("controls follow the speaker in the order of the frame", () => {
  const controls = new Controls({ type: "room", controls: CONTROLS, classWeights: 3, classes: ["a", "b", "c"], latentDim: 5 }, () => {});
  controls.follow(Float32Array.of(1.5, 2.5, 0, 0, 1));
  assert.deepEqual(controls.rows.map(({ input }) => input.value), ["1.5", "2.5"]);
  assert.equal(controls.select.value, "2");
});

test("moves of a phone are merged and sent ten times a second", async () => {
  const connection = new RoomConnection("ws://x", { onConnection() {}, onState() {}, onPicture() {} });
  const [socket] = Socket.all;
  for (let i = 0; i <= 10; i++) connection.move([[3, i / 10]]);
  connection.move([[0, 1]], 2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(socket.texts, [{ type: "move", values: [[3, 1], [0, 1]], class: 2 }]); // prettier-ignore
  connection.move([[3, 0]]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(socket.sent.length, 1);
  socket.onclose({ code: 1008 });
});

test("a phone connects again after a loss, but not after the end", async () => {
  const states = [];
  new RoomConnection("ws://x", { onConnection: (state) => states.push(state), onState() {}, onPicture() {} });
  Socket.all[0].hear(stateFrame({ type: "room", state: "live", moving: false }));
  Socket.all[0].onclose({ code: 1006 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal(Socket.all.length, 2);
  Socket.all[1].hear(stateFrame({ type: "ended" }));
  Socket.all[1].onclose({ code: 1008 });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(Socket.all.length, 2);
  assert.deepEqual(states, ["connecting", "open", "lost", "ended"]);
});

const ROOM = { type: "room", token: "t", key: "k", count: 0, moving: false, links: [{ url: "http://x/audience/t", qr: "<svg/>" }], reach: "network" };

function started(said = []) {
  const point = new Point([0, 0, 0]);
  const broadcast = new Broadcast("/base");
  broadcast.follow({ model: "one", latentDim: 3, point, say: (text) => said.push(text) });
  const opening = broadcast.start();
  const [socket] = Socket.all;
  socket.onopen();
  socket.hear(ROOM);
  return { broadcast, point, socket, opening };
}

test("the speaker opens a room and publishes the point", async () => {
  const { broadcast, point, socket, opening } = started();
  assert.equal(socket.url, "ws://localhost/base/audience");
  assert.deepEqual(socket.texts, [{ type: "open", protocol: 1, model: "one" }]);
  assert.equal((await opening).links[0].url, "http://x/audience/t");
  assert.deepEqual([...socket.sent[1]], [0, 0, 0]);
  for (let i = 1; i <= 5; i++) point.move([i, 0, 0]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual([...socket.sent.at(-1)], [5, 0, 0]);
  assert.ok(socket.sent.length <= 5, "not every move");
  broadcast.stop();
  assert.equal(socket.texts.at(-1).type, "end");
  assert.equal(broadcast.state, "off");
  assert.deepEqual(sessionStorage.kept, {});
});

test("a phone's move reaches the point only while it is allowed", () => {
  const { broadcast, point, socket } = started();
  socket.hear({ type: "move", values: [[1, 0.5]], chosenClass: null });
  assert.deepEqual([...point.z], [0, 0, 0]);
  broadcast.allowMoving(true);
  assert.deepEqual(socket.texts.at(-1), { type: "moving", allowed: true });
  socket.hear({ type: "move", values: [[1, 0.5]], chosenClass: null });
  assert.deepEqual([...point.z], [0, 0.5, 0]);
  broadcast.stop();
});

test("another page goes on with the room, with its own model", () => {
  const { broadcast, point, socket } = started();
  broadcast.release(point);
  const other = new Point([1, 2]);
  broadcast.follow({ model: "two", latentDim: 2, point: other, say() {} });
  assert.deepEqual(socket.texts.at(-1), { type: "model", model: "two" });
  assert.deepEqual([...socket.sent.at(-1)], [1, 2]);
  broadcast.stop();
});

test("a lost connection takes up the room again, and a reload does", async () => {
  const { broadcast, socket } = started();
  socket.onclose({ code: 1006, reason: "" });
  assert.equal(broadcast.state, "lost");
  await new Promise((resolve) => setTimeout(resolve, 300));
  Socket.all[1].onopen();
  assert.deepEqual(Socket.all[1].texts[0], { type: "open", protocol: 1, model: "one", token: "t", key: "k" });
  const reloaded = new Broadcast("/base");
  reloaded.follow({ model: "one", latentDim: 3, point: new Point([0, 0, 0]), say() {} });
  Socket.all[2].onopen();
  assert.equal(Socket.all[2].texts[0].key, "k");
  for (const one of [broadcast, reloaded]) one.stop();
});

test("the server's refusal ends the session with its reason", async () => {
  const said = [];
  const broadcast = new Broadcast("");
  broadcast.follow({ model: "one", latentDim: 1, point: new Point([0]), say: (text) => said.push(text) });
  const opening = broadcast.start();
  Socket.all[0].onopen();
  Socket.all[0].hear({ type: "error", code: "failed", message: "16 sessions are open.", mend: "Try again later." });
  Socket.all[0].onclose({ code: 1013, reason: "16 sessions are open." });
  await assert.rejects(opening, /16 sessions/);
  assert.equal(broadcast.reason, "16 sessions are open.");
  assert.deepEqual(said, ["16 sessions are open. Try again later."]);
});
