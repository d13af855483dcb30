/**
 * Posts pictures, and cuts the answers into arrays (`zscope/serving/pictures.py`).
 */

import { failureOf } from "../core/failure.js";
import { t } from "../core/language.js";

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
  return name ? error.message.replace(/\bthe picture\b/, name) : error.message;
}

/** @param {string} url @param {BlobPart} body @param {AbortSignal} [signal] @returns {Promise<ArrayBuffer>} */
export async function post(url, body, signal) {
  const response = await fetch(url, { method: "POST", body, signal }).catch((error) => {
    if (signal?.aborted) throw error;
    throw new Error(t("Can't send it: the server does not answer, or the file has changed since you chose it. Try again."));
  });
  if (!response.ok) throw await failureOf(response);
  return response.arrayBuffer();
}

/** A file's name for display, without characters that change the text direction. @param {{name: string}} file */
export function nameOf({ name }) {
  return name.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
