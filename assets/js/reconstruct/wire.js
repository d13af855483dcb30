/**
 * The format of requests and answers about pictures: a head of JSON, followed by bytes (`zscope/serving/uploads.py`).
 */

/** @param {object} head @param {...BlobPart} parts @returns {Blob} */
export function packed(head, ...parts) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Blob([length, text, ...parts]);
}

/** @param {ArrayBuffer} buffer @returns {{head: any, rest: Uint8Array<ArrayBuffer>}} */
export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  return { head: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), rest: new Uint8Array(buffer, 4 + length) };
}

/** Cut arrays that follow each other. @param {Uint8Array<ArrayBuffer>} rest @param {number[][]} shapes @returns {Uint8Array<ArrayBuffer>[]} */
export function cut(rest, shapes) {
  let start = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    start += size;
    return rest.subarray(start - size, start);
  });
}

/** An error with the file's name, which the server does not know. @param {Error} error @param {string} [name] */
export function about(error, name) {
  return name ? error.message.replace(/^the picture/, name) : error.message;
}

/** @param {string} url @param {BlobPart} body @param {AbortSignal} [signal] @returns {Promise<ArrayBuffer>} */
export async function post(url, body, signal) {
  const response = await fetch(url, { method: "POST", body, signal }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Error("Can't send it: the server does not answer, or the file has changed since you chose it. Try again.");
  });
  if (!response.ok) throw new Error((await response.text()) || `The server answered ${response.status}.`);
  return response.arrayBuffer();
}

/** A file's name for display, without characters that change the text direction. @param {{name: string}} file */
export function nameOf({ name }) {
  return name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
