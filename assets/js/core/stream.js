/**
 * Streamed answers: lines of JSON, optionally followed by a file.
 */

import { errorOf, failureOf } from "./failure.js";
import { t } from "./language.js";

/**
 * Read lines of JSON as they arrive.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {(line: object) => void} onLine
 * @param {BodyInit} [body] to post
 * @throws {Error} the server answered with an error, at once or as a line
 */
export async function readLines(url, signal, onLine, body) {
  const reader = (await opened(url, { signal, ...(body && { method: "POST", body }) })).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(parsed(line));
  }
}

/**
 * Read lines of JSON until one has `bytes`, then a file of that many bytes.
 *
 * @param {string} url
 * @param {BlobPart} body to post
 * @param {AbortSignal} signal
 * @param {(line: object) => void} onLine each line but the last
 * @returns {Promise<{blob: Blob, line: object}>} the file, and the line before it
 */
export async function readFile(url, body, signal, onLine) {
  const reader = (await opened(url, { method: "POST", body, signal })).getReader();
  let head = new Uint8Array(0);
  let last = null;
  const parts = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (last) {
      parts.push(value);
      continue;
    }
    head = joined(head, value);
    for (let end; !last && (end = head.indexOf(10)) >= 0; head = head.slice(end + 1)) {
      const line = parsed(new TextDecoder().decode(head.subarray(0, end)));
      if ("bytes" in line) last = line;
      else onLine(line);
    }
    if (last && head.length) parts.push(head);
  }
  const blob = new Blob(parts);
  if (blob.size !== last?.bytes) throw new Error(t("The file is incomplete. Try again."));
  return { blob, line: last };
}

async function opened(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw await failureOf(response);
  return response.body;
}

function parsed(text) {
  const line = JSON.parse(text);
  if (line.error) throw errorOf(line.error);
  return line;
}

function joined(a, b) {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
