/** Heads, faults and lines, as the server writes them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { failureOf } from "../../assets/js/core/failure.js";
import { packHead, parseHead } from "../../assets/js/core/head.js";
import { readFile, readLines } from "../../assets/js/core/stream.js";

const FAULT = { code: "bad_request", message: "No.", mend: "Do this." };

/** Answer every request with this while `work` runs. */
async function answered(body, status, work) {
  const { fetch } = globalThis;
  globalThis.fetch = async () => new Response(body, { status });
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
  }
}

test("a head is its length, its text in fours, and what follows", async () => {
  const bytes = new Uint8Array(await packHead({ format: "webp" }, Float32Array.of(1, -4)).arrayBuffer());
  const view = new DataView(bytes.buffer);
  assert.equal(view.getUint32(0, true), 20);
  assert.equal(new TextDecoder().decode(bytes.subarray(4, 24)), '{"format":"webp"}   ');
  assert.deepEqual([view.getFloat32(24, true), view.getFloat32(28, true)], [1, -4]);
});

test("a head is read back, whatever its length", async () => {
  const blob = packHead({ name: "ü€" }, new Uint8Array([1, 2, 3]), new Uint8Array([4]));
  const { head, at, rest } = parseHead(await blob.arrayBuffer());
  assert.deepEqual([head, [...rest], at % 4], [{ name: "ü€" }, [1, 2, 3, 4], 0]);
  assert.deepEqual(parseHead(Uint8Array.of(2, 0, 0, 0, 123, 125, 9).buffer), { head: {}, at: 6, rest: Uint8Array.of(9) });
});

test("a head that is longer than its body is an error", () => {
  assert.throws(() => parseHead(Uint8Array.of(9, 0, 0, 0, 123, 125).buffer), RangeError);
  assert.throws(() => parseHead(Uint8Array.of(9, 0).buffer), RangeError);
});

test("a fault is shown as its message and what to do", async () => {
  assert.equal((await failureOf(new Response(JSON.stringify(FAULT), { status: 400 }))).message, "No. Do this.");
  assert.equal((await failureOf(new Response(JSON.stringify({ ...FAULT, mend: "" }), { status: 400 }))).message, "No.");
  assert.equal((await failureOf(new Response("<h1>Bad gateway</h1>", { status: 502 }))).message, "The server answered 502.");
});

test("a fault ends a stream, at once or as a line", async () => {
  const { signal } = new AbortController();
  const seen = [];
  const read = () => readLines("/path", signal, (line) => seen.push(line));
  await answered(JSON.stringify(FAULT), 404, () => assert.rejects(read(), { message: "No. Do this." }));
  await answered(`{"step":1}\n${JSON.stringify({ error: FAULT })}\n`, 200, () => assert.rejects(read(), { message: "No. Do this." }));
  await answered(`${JSON.stringify({ error: FAULT })}\n`, 200, () => assert.rejects(readFile("/movie", "", signal, () => {}), { message: "No. Do this." }));
  assert.deepEqual(seen, [{ step: 1 }]);
});
