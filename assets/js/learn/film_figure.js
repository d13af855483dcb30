/**
 * A training in slow motion: the decoded plane and the codes after chosen steps, and the measured ELBO.
 */

import { element } from "../core/dom.js";
import { formatCount, t } from "../core/language.js";
import { choice, facts, nats, part, slider } from "./parts.js";
import { Plot } from "./plot.js";

const FRAME_MS = 180; // of the player
const LIMIT = 3; // dots beyond the plane are not drawn

export class FilmFigure {
  #timer = 0;

  /** @param {import("./figure.js").Context} context */
  constructor({ files, colors }) {
    this.colors = colors;
    this.canvas = element("canvas", { role: "img", "aria-label": t("The decoded latent plane, and the codes of 400 images") });
    this.surface = element("div.surface.still", {}, this.canvas);
    this.facts = facts({ step: t("Step"), elbo: t("ELBO, held-out images"), reconstruction: t("Reconstruction"), kl: t("KL") });
    this.show = choice(t("Show"), { both: t("Both"), pictures: t("Pictures"), codes: t("Codes") }, "both", () => this.draw());
    this.play = element("button.play", { type: "button", text: t("Play"), onclick: () => this.toggle() });
    this.node = element("div.figure-parts");
    this.ready = this.#load(files);
  }

  async #load(files) {
    const [{ film }, { codes, labels }, sheet] = await Promise.all([files.document(), files.tensors("film"), pictureOf(`${files.url}/film.webp`)]);
    this.film = film;
    this.codes = codes.data;
    this.labels = labels.data;
    this.sheet = sheet;
    const last = film.step.length - 1;
    this.side = sheet.naturalWidth / film.columns;
    this.canvas.width = this.canvas.height = 2 * this.side;
    this.frame = slider({ name: t("Training step"), min: 0, max: last, step: 1, value: last, format: (at) => formatCount(film.step[at]), onInput: () => this.#scrub() });
    const lowest = Math.max(Math.min(...film.elbo), -600);
    this.plot = new Plot(
      { label: t("The ELBO after each step"), x: [1, film.step[last]], y: [lowest - 10, Math.max(...film.elbo) + 20], logX: true, xTicks: [1, 10, 100, 1000], xName: t("steps"), yName: t("nats"), height: 170 },
      (plot) => this.#drawCurve(plot),
    );
    const note = t("The plane shows −{half} to {half}. ELBO, reconstruction and KL are means over {count} images that are not trained on.", { half: film.half, count: formatCount(film.images) });
    this.node.replaceChildren(
      element("div.row", {}, this.play, this.show.node),
      this.frame.node,
      this.facts.node,
      this.surface,
      element("p.aside", { text: note }),
      part(t("ELBO"), this.plot.node),
    );
    this.draw();
  }

  destroy() {
    this.#stop();
    this.plot?.destroy();
  }

  toggle() {
    if (this.#timer) return this.#stop();
    const last = this.film.step.length - 1;
    if (this.frame.value === last) this.frame.set(0);
    this.play.textContent = t("Pause");
    this.play.classList.add("playing");
    this.draw();
    this.#timer = setInterval(() => {
      this.frame.set(this.frame.value + 1);
      this.draw();
      if (this.frame.value === last) this.#stop();
    }, FRAME_MS);
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.play.textContent = t("Play");
    this.play.classList.remove("playing");
  }

  #scrub() {
    this.#stop();
    this.draw();
  }

  draw() {
    const { film, side, canvas } = this;
    const at = this.frame.value;
    this.facts.set("step", formatCount(film.step[at]), film.step[at]);
    for (const name of ["elbo", "reconstruction", "kl"]) this.facts.set(name, nats(film[name][at]), film[name][at]);
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    const shown = this.show.chosen.value;
    if (shown !== "codes") {
      context.globalAlpha = shown === "both" ? 0.6 : 1;
      context.drawImage(this.sheet, (at % film.columns) * side, Math.floor(at / film.columns) * side, side, side, 0, 0, canvas.width, canvas.height);
      context.globalAlpha = 1;
    }
    if (shown !== "pictures") this.#drawCodes(context, at);
    this.plot.refresh();
  }

  #drawCodes(context, at) {
    const { film, codes, labels, canvas } = this;
    const count = labels.length;
    for (let i = 0; i < count; i++) {
      const [x, y] = [codes[2 * (at * count + i)], codes[2 * (at * count + i) + 1]];
      if (Math.max(Math.abs(x), Math.abs(y)) > LIMIT) continue;
      context.fillStyle = this.colors[labels[i]];
      context.fillRect((0.5 + x / (2 * film.half)) * canvas.width - 3, (0.5 - y / (2 * film.half)) * canvas.height - 3, 6, 6);
    }
  }

  #drawCurve(plot) {
    const { film } = this;
    const points = film.step.map((step, i) => [Math.max(1, step), film.elbo[i]]);
    plot.line(points, "accent");
    plot.dot(points[this.frame.value][0], points[this.frame.value][1], "accent");
  }
}

/** @param {string} url @returns {Promise<HTMLImageElement>} */
async function pictureOf(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}
