/**
 * The binary frames of the live channel, as specified in docs/live-protocol.md. Pure.
 */

export const VERSION = 1;
export const HEADER_BYTES = 16;

/** The operation that a frame requests or answers. */
export const Operation = Object.freeze({ DECODE: 1, ENCODE: 2, MEASURE: 3, PLACE: 4, INVERT: 5, RECONSTRUCT: 6, ERROR: 127 });

const DEVICES = ["CPU", "GPU", "other", "cluster"];

/**
 * @param {number} operation one of `Operation`
 * @param {number} lane 0…7; the server keeps the newest request of each (operation, lane)
 * @param {number} sequence u32, echoed by the reply
 * @param {number} rows
 * @param {Float32Array | Uint8Array} payload
 * @returns {ArrayBuffer}
 */
export function packFrame(operation, lane, sequence, rows, payload) {
  const frame = new ArrayBuffer(HEADER_BYTES + payload.byteLength);
  const header = new DataView(frame);
  header.setUint8(0, VERSION);
  header.setUint8(1, operation);
  header.setUint8(2, lane);
  header.setUint32(4, sequence, true);
  header.setUint32(8, rows, true);
  new Uint8Array(frame, HEADER_BYTES).set(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
  return frame;
}

/**
 * The body of a reply to an operation: pixels, numbers, or an error.
 *
 * @template {number} O
 * @typedef {O extends 1 | 6 ? Uint8Array<ArrayBuffer> : O extends 127 ? {code: string, message: string, mend: string} : Float32Array<ArrayBuffer>} BodyOf
 */

/**
 * @template {number} [O=number]
 * @typedef {object} Reply
 * @property {number} operation
 * @property {number} lane
 * @property {number} sequence
 * @property {number} rows
 * @property {string} device that computed it
 * @property {number} milliseconds spent computing
 * @property {BodyOf<O>} body
 */

/**
 * @param {ArrayBuffer} frame
 * @returns {Reply<any>} the type of its body depends on its `operation`
 * @throws {RangeError} not a frame of this protocol
 */
export function unpackFrame(frame) {
  if (frame.byteLength < HEADER_BYTES) throw new RangeError(`a frame of ${frame.byteLength} bytes has no header`);
  const header = new DataView(frame);
  if (header.getUint8(0) !== VERSION) throw new RangeError(`protocol version ${header.getUint8(0)}, expected ${VERSION}`);
  const operation = header.getUint8(1);
  return {
    operation,
    lane: header.getUint8(2),
    device: DEVICES[header.getUint8(3)] ?? "other",
    sequence: header.getUint32(4, true),
    rows: header.getUint32(8, true),
    milliseconds: header.getFloat32(12, true),
    body: bodyOf(operation, frame),
  };
}

function bodyOf(operation, frame) {
  switch (operation) {
    case Operation.DECODE:
    case Operation.RECONSTRUCT:
      return new Uint8Array(frame, HEADER_BYTES);
    case Operation.ENCODE:
    case Operation.MEASURE:
    case Operation.PLACE:
    case Operation.INVERT:
      return new Float32Array(frame, HEADER_BYTES);
    case Operation.ERROR:
      return JSON.parse(new TextDecoder().decode(new Uint8Array(frame, HEADER_BYTES)));
    default:
      throw new RangeError(`operation ${operation} is not one of this protocol`);
  }
}
