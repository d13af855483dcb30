/**
 * The head of a binary body: u32 length of a JSON text, little-endian, the text, then bytes. The same as
 * `zscope/serving/binary_head.py`: the text is padded with blanks, so that the numbers after it are aligned. Pure.
 */

const LENGTH_BYTES = 4;
const ALIGNMENT = 4;

/** @param {object} head @param {...BlobPart} parts what follows @returns {Blob} */
export function packHead(head, ...parts) {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const whole = new Uint8Array(LENGTH_BYTES + Math.ceil(text.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  new DataView(whole.buffer).setUint32(0, whole.length - LENGTH_BYTES, true);
  whole.set(text, LENGTH_BYTES);
  return new Blob([whole, ...parts]);
}

/** @param {ArrayBuffer} buffer @returns {{head: any, at: number, rest: Uint8Array<ArrayBuffer>}} the head, and what follows from byte `at` on */
export function parseHead(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new Uint8Array(buffer, LENGTH_BYTES, length);
  const at = LENGTH_BYTES + length;
  return { head: JSON.parse(new TextDecoder().decode(text)), at, rest: new Uint8Array(buffer, at) };
}
