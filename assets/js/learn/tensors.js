/**
 * Reads safetensors files: eight bytes with the length of a JSON head, the head, and the arrays.
 */

import { t } from "../core/language.js";
import { halfToNumber } from "../demo/payload.js";

/** @typedef {{shape: number[], data: Float32Array | Uint8Array}} Tensor */

/** @param {ArrayBuffer} buffer @returns {Record<string, Tensor>} half precision as Float32Array */
export function readTensors(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  return Object.fromEntries(
    Object.entries(head)
      .filter(([name]) => name !== "__metadata__")
      .map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
        const bytes = buffer.slice(8 + length + from, 8 + length + to);
        return [name, { shape, data: numbersOf(dtype, bytes) }];
      }),
  );
}

function numbersOf(dtype, bytes) {
  if (dtype === "U8") return new Uint8Array(bytes);
  if (dtype === "F32") return new Float32Array(bytes);
  if (dtype === "F16") return Float32Array.from(new Uint16Array(bytes), halfToNumber);
  throw new Error(t("The array has the type {dtype}, expected U8, F16 or F32", { dtype }));
}
