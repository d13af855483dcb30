/** The frames that the server sends to phones (docs/audience.md). Pure. */

const VERSION = 1;
const PICTURE = 1;
const STATE = 2;
const PICTURE_HEADER = 12;
const STATE_HEADER = 4;
const NO_CLASS = 0xffff;

/**
 * @typedef {object} Picture
 * @property {number} sequence
 * @property {number | null} shownClass of the image nearest to the point; null if the data have no classes
 * @property {Float32Array} values of the dimensions that phones can move, then the class weights of a conditional model
 * @property {Uint8Array<ArrayBuffer>} png
 */

/**
 * @param {ArrayBuffer} buffer
 * @returns {{picture: Picture} | {state: import("../core/messages.js").RoomState}}
 * @throws {RangeError} not a frame of this protocol
 */
export function unpackFrame(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < STATE_HEADER || view.getUint8(0) !== VERSION) throw new RangeError("not a frame of this protocol");
  const kind = view.getUint8(1);
  if (kind === STATE) return { state: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, STATE_HEADER))) };
  if (kind !== PICTURE || view.byteLength < PICTURE_HEADER) throw new RangeError("not a frame of this protocol");
  const shownClass = view.getUint16(2, true);
  const count = view.getUint16(8, true);
  return {
    picture: {
      sequence: view.getUint32(4, true),
      shownClass: shownClass === NO_CLASS ? null : shownClass,
      values: new Float32Array(buffer, PICTURE_HEADER, count),
      png: new Uint8Array(buffer, PICTURE_HEADER + 4 * count),
    },
  };
}
