/**
 * Posts pictures, and cuts the answers into arrays (`zscope/serving/pictures.py`).
 */

import { failureOf } from "../core/failure.js";

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
  return name ? error.message.replace(/^the picture/, name) : error.message;
}

/** @param {string} url @param {BlobPart} body @param {AbortSignal} [signal] @returns {Promise<ArrayBuffer>} */
export async function post(url, body, signal) {
  const response = await fetch(url, { method: "POST", body, signal }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Error("It could not be sent: the server is not there, or the file has changed since it was chosen. Try again.");
  });
  if (!response.ok) throw await failureOf(response);
  return response.arrayBuffer();
}

/** A file's name to be shown: without the signs that turn the direction of writing. @param {File} file */
export function nameOf({ name }) {
  return name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
