/**
 * The data that `vae.formats.exporting.demo` writes into the page.
 */

/**
 * @typedef {object} Payload
 * @property {{title: string, summary: string, licence: string, cite: string}} card
 * @property {import("../core/messages.js").Model} model without the addresses, as there is no server
 * @property {import("../core/messages.js").Dimension[]} dimensions in slider order
 * @property {string[]} colors of the classes
 * @property {import("./network.js").Graph} graph the decoder
 * @property {{type: "float16" | "float32", shapes: Record<string, number[]>, data: string}} weights one after the other
 * @property {import("./decoder.js").Mean} mean
 * @property {{rows: number, total: number, codes: string, labels: string}} reference float16 and uint16
 * @property {string | null} draws of a prior that must be computed, float16, one after the other
 * @property {import("./axes.js").Axes & {shares: number[]} | null} pca of the codes
 * @property {Record<string, import("../core/language.js").Catalogue>} languages translations of the page's texts, by tag
 */

/** @param {string} text base64 @returns {ArrayBuffer} */
export function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

/** The number of a half-precision float's bits (IEEE 754-2008, binary16). @param {number} bits */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -14 * (fraction / 1024);
}

/** @param {string} text base64 of little-endian numbers @param {"float16" | "float32"} type @returns {Float32Array} */
export function numbersOf(text, type) {
  const buffer = bytesOf(text);
  if (type === "float32") return new Float32Array(buffer);
  const table = Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits));
  return Float32Array.from(new Uint16Array(buffer), (bits) => table[bits]);
}

/** @param {Payload["weights"]} weights @returns {Record<string, Float32Array>} by name */
export function weightsOf({ type, shapes, data }) {
  const numbers = numbersOf(data, type);
  let at = 0;
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, numbers.subarray(at, (at += size))];
    }),
  );
}

/** @param {Payload["reference"]} reference @param {number} dimensions @returns {import("../core/data.js").Codes} */
export function codesOf({ rows, codes, labels }, dimensions) {
  return { rows, dimensions, means: numbersOf(codes, "float16"), labels: new Uint16Array(bytesOf(labels)) };
}
