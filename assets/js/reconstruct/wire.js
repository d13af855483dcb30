/**
 * What is posted about a picture, and what comes back: a head of JSON, and bytes behind it (`zscope/serving/uploads.py`).
 */

/** @param {object} head @param {...BlobPart} parts @returns {Blob} */
export function packed(head, ...parts) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Blob([length, text, ...parts]);
}

/** @param {ArrayBuffer} buffer @returns {{head: any, rest: Uint8Array}} */
export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  return { head: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), rest: new Uint8Array(buffer, 4 + length) };
}

/** One array after the other. @param {Uint8Array} rest @param {number[][]} shapes @returns {Uint8Array[]} */
export function cut(rest, shapes) {
  let start = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    start += size;
    return rest.subarray(start - size, start);
  });
}

/** The server does not know what a file is called. @param {Error} error @param {string} [name] */
export function about(error, name) {
  return name ? error.message.replace(/\bthe picture\b/, name) : error.message;
}

/** @param {string} url @param {BlobPart} body @param {AbortSignal} [signal] @returns {Promise<ArrayBuffer>} */
export async function post(url, body, signal) {
  const response = await fetch(url, { method: "POST", body, signal }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Error("It could not be sent: the server is not there, or the file has changed since it was chosen. Try again.");
  });
  if (!response.ok) throw new Error((await response.text()) || `The server answered ${response.status}.`);
  return response.arrayBuffer();
}

/** A file's name to be shown: without the signs that turn the direction of writing. @param {File} file */
export function nameOf({ name }) {
  return name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
