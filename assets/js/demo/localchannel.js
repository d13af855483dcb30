/**
 * A local replacement for the live channel: decodes many codes in slices, so that input is never delayed.
 */

const SLICE = 6; // ms of each frame

export class LocalChannel {
  #jobs = new Map(); // lane → job; a new request replaces an old one

  /** @param {import("./decoder.js").Decoder} decoder @param {number} codeDim */
  constructor(decoder, codeDim) {
    this.decoder = decoder;
    this.codeDim = codeDim;
  }

  /**
   * @param {1} operation decoding is the only one
   * @param {number} lane
   * @param {number} rows
   * @param {Float32Array} codes rows × codeDim
   * @param {(reply: {body: Uint8Array}) => void} onReply
   */
  ask(operation, lane, rows, codes, onReply) {
    const size = this.decoder.pixels.length;
    const idle = !this.#jobs.size;
    this.#jobs.set(lane, { rows, codes, onReply, row: 0, body: new Uint8Array(rows * size) });
    if (idle) setTimeout(() => this.#work());
  }

  #work() {
    const until = performance.now() + SLICE;
    const size = this.decoder.pixels.length;
    for (const [lane, job] of this.#jobs) {
      while (job.row < job.rows && performance.now() < until) {
        const code = job.codes.subarray(job.row * this.codeDim, (job.row + 1) * this.codeDim);
        job.body.set(this.decoder.decode(code), job.row * size);
        job.row += 1;
      }
      if (job.row < job.rows) break;
      this.#jobs.delete(lane);
      job.onReply({ body: job.body });
    }
    // After the next frame, which decodes the current picture first.
    if (this.#jobs.size) requestAnimationFrame(() => setTimeout(() => this.#work()));
  }
}
