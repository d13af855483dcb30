import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { LiveChannel } from "../../assets/js/core/channel.js";
import { Operation, packFrame } from "../../assets/js/core/protocol.js";

/** Stands for the browser's WebSocket, which node's test runner cannot point at a server of ours. */
class Socket {
  static made = [];
  sent = [];
  constructor() {
    Socket.made.push(this);
  }
  send(frame) {
    this.sent.push(frame);
  }
  close() {}
}

let statuses, channel, socket;
const tick = () => new Promise((resolve) => setTimeout(resolve, 300));
const sequenceOf = (frame) => new DataView(frame).getUint32(4, true);
const valueOf = (frame) => new Float32Array(frame, 16)[0];

function answer(frame) {
  const header = new DataView(frame);
  const reply = packFrame(header.getUint8(1), header.getUint8(2), sequenceOf(frame), 1, Uint8Array.of(valueOf(frame)));
  socket.onmessage({ data: reply });
}

function open() {
  socket = Socket.made.at(-1);
  socket.onopen();
  socket.onmessage({ data: JSON.stringify({ type: "opened" }) });
}

beforeEach(() => {
  globalThis.WebSocket = Socket;
  statuses = [];
  channel = new LiveChannel("ws://x/live", "m", (status) => statuses.push(status.state), () => statuses.push("error"));
  open();
});

function ask(value, got, lane = 0) {
  channel.ask(Operation.DECODE, lane, 1, Float32Array.of(value), (reply) => got.push(reply.body[0]));
}

test("newest wins: one in flight, the newest waits, those between are dropped", () => {
  const got = [];
  for (const value of [1, 2, 3, 4]) ask(value, got);
  assert.equal(socket.sent.length, 2); // opening and the first
  answer(socket.sent[1]);
  assert.equal(valueOf(socket.sent[2]), 4);
  answer(socket.sent[2]);
  assert.deepEqual(got, [1, 4]);
  assert.equal(socket.sent.length, 3);
});

test("lanes do not wait for each other", () => {
  ask(1, [], 0);
  ask(2, [], 1);
  assert.equal(socket.sent.length, 3);
});

test("an answer to something given up is ignored", () => {
  const got = [];
  ask(1, got);
  const late = socket.sent[1].slice(0);
  new DataView(late).setUint32(4, 99, true);
  answer(late);
  assert.deepEqual(got, []);
});

test("a refused request frees its place", () => {
  const got = [];
  ask(1, got);
  ask(2, got);
  const error = new TextEncoder().encode('{"code":"bad","message":"m","mend":""}');
  socket.onmessage({ data: packFrame(Operation.ERROR, 0, sequenceOf(socket.sent[1]), 0, error) });
  assert.equal(statuses.at(-1), "error");
  assert.equal(valueOf(socket.sent[2]), 2);
});

test("after a lost connection it comes back by itself and asks for the newest again", async () => {
  const got = [];
  ask(1, got);
  ask(2, got);
  const lost = socket;
  socket.onclose({ code: 1012 });
  assert.equal(statuses.at(-1), "lost");
  await tick();
  open();
  assert.notEqual(socket, lost);
  assert.deepEqual(socket.sent.slice(1).map(valueOf), [2]);
  answer(socket.sent[1]);
  assert.deepEqual(got, [2]);
});

test("a model that is refused is not asked for again", async () => {
  const refused = new LiveChannel("ws://x/live", "no", (status) => statuses.push(status.state), () => {});
  const mine = Socket.made.at(-1);
  const made = Socket.made.length;
  mine.onopen();
  mine.onmessage({ data: JSON.stringify({ type: "error", message: "No model.", mend: "" }) });
  mine.onclose({ code: 1008 });
  await tick();
  assert.equal(statuses.at(-1), "refused");
  assert.equal(Socket.made.length, made);
  refused.close();
});

test("what the server calls the client's fault is not tried again", async () => {
  const made = Socket.made.length;
  socket.onclose({ code: 1007, reason: "12 bytes; expected a header of 16." });
  await tick();
  assert.equal(statuses.at(-1), "refused");
  assert.equal(Socket.made.length, made);
});

test("what was in flight when the connection was lost is asked again", async () => {
  const got = [];
  ask(7, got);
  socket.onclose({ code: 1006 });
  await tick();
  open();
  assert.deepEqual(socket.sent.slice(1).map(valueOf), [7]);
  answer(socket.sent[1]);
  assert.deepEqual(got, [7]);
});

test("a request that is made when the channel opens gets its answer", () => {
  const got = [];
  const opening = new LiveChannel("ws://x/live", "m", ({ state }) => {
    if (state === "open") opening.ask(Operation.DECODE, 0, 1, Float32Array.of(7), (reply) => got.push(reply.body[0]));
  }, () => {}); // prettier-ignore
  open();
  assert.equal(socket.sent.length, 2);
  answer(socket.sent[1]);
  assert.deepEqual(got, [7]);
});
