import assert from "node:assert/strict";
import { test } from "node:test";

import { Operation, packFrame, unpackFrame } from "../../assets/js/core/protocol.js";

test("a request's bytes are those of docs/live-protocol.md", () => {
  const frame = new Uint8Array(packFrame(Operation.DECODE, 2, 0x01020304, 1, Float32Array.of(1, -2)));
  assert.deepEqual([...frame.slice(0, 16)], [1, 1, 2, 0, 4, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...new Float32Array(frame.buffer, 16)], [1, -2]);
});

test("a payload that is a view of a larger buffer is sent alone", () => {
  const codes = Float32Array.of(9, 9, 5, 6, 9);
  const frame = packFrame(Operation.DECODE, 0, 1, 1, codes.subarray(2, 4));
  assert.equal(frame.byteLength, 24);
  assert.deepEqual([...new Float32Array(frame, 16)], [5, 6]);
});

function reply(operation, payload, { device = 0, milliseconds = 0 } = {}) {
  const frame = packFrame(operation, 3, 7, 2, payload);
  const header = new DataView(frame);
  header.setUint8(3, device);
  header.setFloat32(12, milliseconds, true);
  return unpackFrame(frame);
}

test("replies are read by operation, with device and time", () => {
  const pixels = reply(Operation.DECODE, Uint8Array.of(0, 255), { device: 1, milliseconds: 1.5 });
  assert.deepEqual([...pixels.body], [0, 255]);
  assert.equal(pixels.device, "GPU");
  assert.equal(pixels.milliseconds, 1.5);
  assert.deepEqual([pixels.lane, pixels.sequence, pixels.rows], [3, 7, 2]);
  assert.deepEqual([...reply(Operation.MEASURE, Float32Array.of(50, 1.5, 3)).body], [50, 1.5, 3]);
  const error = reply(Operation.ERROR, new TextEncoder().encode('{"code":"x","message":"σ","mend":""}'));
  assert.equal(error.body.message, "σ");
});

test("what is no frame is refused", () => {
  assert.throws(() => unpackFrame(new ArrayBuffer(15)), RangeError);
  assert.throws(() => unpackFrame(new ArrayBuffer(16)), RangeError); // version 0
  assert.throws(() => reply(9, Uint8Array.of()), RangeError);
});
