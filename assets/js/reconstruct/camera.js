/**
 * The camera: live video, single frames of it, and buttons to take a picture or close it.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

const SIDE = 480; // pixels of the longer side

export class Camera {
  #stream = null;

  /** @param {() => void} onTake @param {() => void} onClose */
  constructor(onTake, onClose) {
    this.video = element("video", { playsinline: true, muted: true, "aria-label": t("Picture of the camera") });
    const button = (text, onclick) => element("button", { type: "button", text, onclick });
    this.tools = element("div.toolbar", {}, button(t("Take picture"), onTake), button(t("Close camera"), onClose));
    this.node = element("div.camera", {}, this.video);
  }

  get on() {
    return this.#stream !== null;
  }

  /**
   * @param {() => boolean} isWanted whether the camera is still wanted when access is allowed
   * @returns {Promise<boolean>} whether it is on now
   * @throws {Error} there is none, or it may not be used
   */
  async open(isWanted) {
    this.close();
    if (!navigator.mediaDevices) throw new Error(t("Can't use a camera: browsers allow it only over https or on the same computer. Upload a picture instead."));
    const wanted = { video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false };
    const stream = await navigator.mediaDevices.getUserMedia(wanted).catch((error) => {
      if (error.name === "NotAllowedError") throw new Error(t("Can't use a camera: the browser does not allow it. Allow it in the address bar, or upload a picture instead."));
      if (error.name === "NotFoundError") throw new Error(t("Can't use a camera: none was found. Upload a picture instead."));
      throw new Error(t("Can't use a camera: {error}. Upload a picture instead.", { error: error.message }));
    });
    if (!isWanted()) {
      stop(stream);
      return false;
    }
    this.#stream = this.video.srcObject = stream;
    await this.video.play().catch(() => {}); // closed meanwhile: there is no frame
    return this.#stream === stream;
  }

  close() {
    if (this.#stream) stop(this.#stream);
    this.#stream = this.video.srcObject = null;
  }

  /** The current frame. @returns {{pixels: Uint8Array<ArrayBuffer>, shape: [number, number, number]} | null} */
  frame() {
    const { videoWidth, videoHeight } = this.video;
    if (!this.on || !videoWidth) return null;
    const scale = Math.min(1, SIDE / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(this.video, 0, 0, width, height);
    return { pixels: withoutAlpha(context.getImageData(0, 0, width, height).data), shape: [height, width, 3] };
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function withoutAlpha(rgba) {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, j = 0; i < rgba.length; i += 4) {
    rgb[j++] = rgba[i];
    rgb[j++] = rgba[i + 1];
    rgb[j++] = rgba[i + 2];
  }
  return rgb;
}
