/**
 * The progress of a map that is being made: a bar, and the points at intermediate steps.
 */

import { fetchBytes } from "../core/data.js";
import { element } from "../core/dom.js";
import { failureOf } from "../core/failure.js";
import { formatCount, t } from "../core/language.js";
import { extent } from "../core/points.js";

const INTERVAL = 400; // ms between two requests
const SIDE = 560; // pixels of the picture

export class Progress {
  #frame = 0;

  /**
   * `finished` resolves when the map is complete and rejects when it failed or was stopped.
   *
   * @param {HTMLElement} stage
   * @param {import("../core/messages.js").MapPage["map"]} map
   * @param {import("../core/messages.js").Model} model
   * @param {string[]} palette of the classes
   * @param {import("../core/data.js").Data} data
   * @param {(name: "stop", key: string) => void} send
   */
  constructor(stage, map, model, palette, data, send) {
    this.map = map;
    this.model = model;
    this.palette = palette;
    this.data = data;
    this.canvas = element("canvas.forming", { width: SIDE, height: SIDE });
    this.text = element("p", { text: t("Starting …") });
    this.bar = element("progress", { max: 1 });
    this.node = element(
      "div.making",
      {},
      this.canvas,
      this.text,
      this.bar,
      element("button", { type: "button", text: t("Stop map"), onclick: () => send("stop", map.key) }),
    );
    stage.append(this.node);
    /** @type {Promise<void>} */
    this.finished = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.finished.then(() => this.node.remove(), () => this.node.remove());
    this.#look();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = -1;
  }

  async #look() {
    let status;
    try {
      const response = await fetch(this.map.statusUrl, { cache: "no-store" });
      status = response.ok ? await response.json() : { alive: false, error: (await failureOf(response)).message };
    } catch {
      this.text.textContent = t("Connection lost. Reconnecting …");
      status = null;
    }
    if (this.timer === -1) return;
    if (status) {
      this.#show(status);
      if (!status.alive) {
        if (status.whole) return this.resolve();
        return this.reject(new Error(status.error ? t(status.error) : t("The map was stopped.")));
      }
      if (status.frame > this.#frame) await this.#drawFrame();
    }
    this.timer = setTimeout(() => this.#look(), INTERVAL);
  }

  #show({ what, done, total, frame }) {
    const words = { waiting: t("Waiting for another map"), encoding: t("Encoding the images"), arranging: t("Arranging the points"), starting: t("Starting") }[what] ?? what;
    this.text.textContent = what === "arranging" ? t("{task}: iteration {frame}", { task: words, frame }) : total ? t("{task}: {done} of {total}", { task: words, done: formatCount(done), total: formatCount(total) }) : `${words} …`;
    if (what === "encoding" && total) this.bar.value = done / total;
    else this.bar.removeAttribute("value");
  }

  async #drawFrame() {
    try {
      const buffer = await fetchBytes(this.map.frameUrl);
      this.#frame = new DataView(buffer).getUint32(0, true);
      const places = new Float32Array(buffer, 4);
      const { labels } = await this.data.codes; // the test images come first; other images are grey
      const { components } = this.map; // the first two of them are drawn
      const box = extent(places, components);
      const scale = (SIDE - 16) / Math.max(box.x[1] - box.x[0], box.y[1] - box.y[0]);
      const context = this.canvas.getContext("2d");
      context.clearRect(0, 0, SIDE, SIDE);
      for (let i = places.length / components - 1; i >= 0; i--) {
        context.fillStyle = i < labels.length && this.model.classes.length ? this.palette[labels[i] % this.palette.length] : "#8888";
        const x = SIDE / 2 + (places[components * i] - (box.x[0] + box.x[1]) / 2) * scale;
        const y = SIDE / 2 - (places[components * i + 1] - (box.y[0] + box.y[1]) / 2) * scale;
        context.fillRect(x - 1, y - 1, 2, 2);
      }
      this.canvas.dataset.frame = String(this.#frame);
    } catch {
      // Between two frames, or the connection is lost: the next request shows which.
    }
  }
}
