/** Records what Explore shows, the picture and the values of its dimensions, as a video. */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { save } from "../core/save.js";

const SIDE = 640; // pixels of the picture
const BARS = 120; // pixels below it
const RATE = 30; // frames per second
const TYPES = ["video/mp4;codecs=avc1", "video/webm;codecs=vp9", "video/webm;codecs=vp8"]; // the first that the browser writes

export class Recorder {
  #pending = 0;
  /** @type {MediaRecorder | null} */
  #recorder = null;

  /**
   * @param {import("../core/point.js").Point} point
   * @param {import("../core/messages.js").Dimension[]} dimensions
   * @param {HTMLCanvasElement} picture
   * @param {string} name of the file, without its suffix
   * @param {(on: boolean) => void} onChange
   */
  constructor(point, dimensions, picture, name, onChange) {
    this.point = point;
    this.dimensions = dimensions.filter(({ active }) => active);
    this.picture = picture;
    this.name = name;
    this.onChange = onChange;
    this.canvas = element("canvas", { width: SIDE, height: SIDE + BARS });
  }

  get on() {
    return this.#recorder !== null;
  }

  /** Start, or end and save the video. @throws {Error} the browser can't record */
  toggle() {
    if (this.on) this.#recorder.stop();
    else this.#start();
  }

  /** End without saving. */
  destroy() {
    const recorder = this.#recorder;
    this.#recorder = null;
    cancelAnimationFrame(this.#pending);
    if (recorder?.state === "recording") recorder.stop();
  }

  #start() {
    const type = TYPES.find((one) => globalThis.MediaRecorder?.isTypeSupported(one));
    if (!type) throw new Error(t("This browser can't record videos. Interpolate exports films."));
    const recorder = new MediaRecorder(this.canvas.captureStream(RATE), { mimeType: type, videoBitsPerSecond: 6_000_000 });
    const parts = [];
    recorder.addEventListener("dataavailable", ({ data }) => data.size && parts.push(data));
    recorder.addEventListener("stop", () => {
      if (this.#recorder !== recorder) return; // the page was left
      this.#recorder = null;
      cancelAnimationFrame(this.#pending);
      this.onChange(false);
      const plain = type.split(";")[0];
      save(new Blob(parts, { type: plain }), `${this.name}.${plain.split("/")[1]}`);
    });
    this.#recorder = recorder;
    this.#draw();
    recorder.start();
    this.onChange(true);
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const { width, height } = this.picture;
    const scale = SIDE / Math.max(width, height);
    context.imageSmoothingEnabled = Math.max(width, height) >= 64;
    context.drawImage(this.picture, (SIDE - width * scale) / 2, (SIDE - height * scale) / 2, width * scale, height * scale);
    const step = SIDE / this.dimensions.length;
    this.dimensions.forEach(({ index, low, high }, i) => {
      const share = Math.min(1, Math.max(0, (this.point.z[index] - low) / (high - low)));
      context.fillStyle = "#2a3140";
      context.fillRect(i * step + 2, SIDE + 10, step - 4, BARS - 20);
      context.fillStyle = "#5eead4";
      context.fillRect(i * step + 2, SIDE + 10 + (1 - share) * (BARS - 20), step - 4, share * (BARS - 20));
    });
    this.#pending = requestAnimationFrame(() => this.#draw());
  }
}
