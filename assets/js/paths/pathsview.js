/**
 * Four paths between two codes, in step.
 *
 *     A, B → the server's path route (four streams) → codes → strips (DECODE, a lane each)
 *     scrubber, play → codes of all four at that place → DECODE → four pictures
 */

import { Data } from "../explore/data.js";
import { element } from "../explore/dom.js";
import { DataDraws, PriorDraws } from "../explore/draws.js";
import { listenKeys } from "../explore/keyboard.js";
import { Readout } from "../explore/readout.js";
import { LiveChannel, channelUrl } from "../live/channel.js";
import { Operation } from "../live/protocol.js";
import { BEFORE, eased } from "./course.js";
import { End } from "./end.js";
import { PathMap } from "./pathmap.js";
import { KINDS, Row } from "./row.js";
import { readLines } from "./stream.js";

const SCRUB_LANE = 0;
const END_LANES = [1, 2];
const STRIP_LANE = 3; // and the three after it
const STEPS = [3, 25];

export class PathsView {
  #finding = null; // AbortController of the paths that are being found
  #frame = 0;

  /**
   * @param {HTMLElement} root
   * @param {object} page what Python sent: base, model, dimensions, colors, point, ends, pathUrl, map (null where none is made)
   * @param {(name: "ends", ends: object) => void} send tell Python
   */
  constructor(root, page, send) {
    Object.assign(this, { root, page, send, model: page.model });
    const { model } = page;
    this.data = new Data(model);
    this.draws = model.prior ? new PriorDraws(model.priorUrl, model.latentDim) : new DataDraws(this.data, page.dimensions);
    this.status = element("div.status", { role: "status", hidden: true });
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      model.id,
      (status) => this.#showStatus(status),
      (error) => this.#say(`${error.message} ${error.mend}`),
    );
    const means = {
      draw: () => this.draws.next(),
      here: () => page.point?.z ?? null,
      onChange: () => this.#changed(),
      onError: (error) => this.#say(`${error.message}. Try again.`),
    };
    this.ends = ["A", "B"].map((name, i) => new End(name, model, this.data, this.channel, END_LANES[i], means));
    this.rows = Object.keys(KINDS).map((kind) => new Row(kind, model, page.colors));
    if (page.map) this.map = new PathMap(model, page.map, page.colors, page.base);
    this.readout = new Readout();
    this.readout.node.querySelector(".hint").textContent = "Space: play · ← →: a step · S: swap";
    this.#build();
    this.setSteps(9);
    this.#begin();
  }

  destroy() {
    this.gone = true;
    this.stopKeys();
    cancelAnimationFrame(this.#frame);
    this.#finding?.abort();
    clearTimeout(this.telling);
    this.map?.destroy();
    this.channel.close();
    this.resizer.disconnect();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  /** @param {number} steps pictures of each strip */
  setSteps(steps) {
    this.steps = steps;
    for (const row of this.rows) {
      row.setSteps(steps);
      this.#drawStrip(row);
    }
  }

  /** Go to a place. @param {number} t 0 is A, 1 is B @param {number} [since] when the hand moved */
  scrub(t, since) {
    this.t = t;
    if (Math.abs(this.slider.valueAsNumber - t) > 1e-6) this.slider.value = t;
    this.place.textContent = t.toFixed(2).replace("-", "−");
    const rows = this.rows.filter((row) => row.codes);
    if (!rows.length) return;
    const { codeDim } = this.model;
    const codes = new Float32Array(rows.length * codeDim);
    rows.forEach((row, i) => codes.set(row.codeAt(t, this.even.checked, this.#rest()), i * codeDim));
    this.channel.ask(Operation.DECODE, SCRUB_LANE, rows.length, codes, (reply) => {
      const size = reply.body.length / rows.length;
      rows.forEach((row, i) => row.paintNow(reply.body.subarray(i * size, (i + 1) * size)));
      this.readout.drew(since, reply);
    });
  }

  #build() {
    const { root, ends, rows } = this;
    this.t = 0;
    this.slider = element("input", { type: "range", min: -BEFORE, max: 1 + BEFORE, step: 0.005, value: 0, "aria-label": "Place on the paths, 0 is A and 1 is B" });
    this.slider.addEventListener("input", (event) => {
      this.play(false);
      this.scrub(this.slider.valueAsNumber, event.timeStamp);
    });
    this.place = element("output.value", { text: "0.00" });
    this.playButton = element("button.play", { type: "button", text: "Play", title: "Walk along all paths (space)", onclick: () => this.play() });
    this.mode = element("select", { "aria-label": "At the end" }, ...[["pingpong", "There and back"], ["loop", "Loop"], ["once", "Once"]].map(([value, text]) => element("option", { value, text }))); // prettier-ignore
    this.seconds = element("input", { type: "range", min: 0.5, max: 10, step: 0.5, value: 3, "aria-label": "Seconds from A to B" });
    this.ease = element("input", { type: "checkbox", checked: true });
    this.even = element("input", { type: "checkbox" });
    this.even.addEventListener("change", () => this.#redraw());
    const steps = element("input.steps", { type: "number", min: STEPS[0], max: STEPS[1], step: 1, value: 9, "aria-label": "Pictures in a strip" });
    steps.addEventListener("change", () => {
      if (steps.checkValidity()) this.setSteps(steps.valueAsNumber);
    });
    const swap = element("button.swap", { type: "button", text: "⇄", title: "Swap A and B (S)", "aria-label": "Swap A and B", onclick: () => this.swap() });
    root.classList.add("paths");
    root.append(
      element("header.top", {}, element("h1", { text: "Interpolate" })),
      ends[0].node,
      swap,
      ends[1].node,
      element(
        "section.card.scrubber",
        {},
        element("div.scrub", {}, this.playButton, element("div.scale-of-way", {}, this.slider, element("div.marks-of-way", {}, element("b", { text: "A" }), element("b", { text: "B" }))), this.place),
        element(
          "div.controls",
          {},
          element("label", {}, "At the end", this.mode),
          element("label", {}, "Seconds", this.seconds),
          element("label", { title: "Slow at both ends" }, this.ease, "Ease"),
          element("label", { title: "Walk so that the picture changes evenly, not the code" }, this.even, "Even pace"),
          element("label", {}, "Pictures", steps),
        ),
        this.status,
      ),
      element("div.rows", {}, ...rows.map(({ node }) => node), ...(this.map ? [this.map.node] : [])),
      this.readout.node,
    );
    this.stopKeys = listenKeys(
      {
        " ": () => this.play(),
        s: () => this.swap(),
        ArrowLeft: () => this.#step(-1),
        ArrowRight: () => this.#step(1),
      },
      (event) => !this.root.querySelector(":popover-open") && !(event.key.startsWith("Arrow") && event.composedPath()[0].closest?.("input, select")),
    );
    this.resizer = new ResizeObserver(([{ contentRect }]) => root.classList.toggle("narrow", contentRect.width < 700));
    this.resizer.observe(root);
  }

  /** @param {boolean} [on] or the other way round */
  play(on = !this.playing) {
    this.playing = on;
    this.playButton.textContent = on ? "Pause" : "Play";
    this.playButton.classList.toggle("playing", on);
    cancelAnimationFrame(this.#frame);
    if (!on) return;
    let before = performance.now();
    if (this.t < 0 || this.t >= 1) this.phase = 0;
    else this.phase ??= this.t;
    const walk = (now) => {
      this.phase += (now - before) / 1000 / this.seconds.valueAsNumber;
      before = now;
      const mode = this.mode.value;
      if (mode === "once" && this.phase >= 1) {
        this.scrub(1);
        return this.play(false);
      }
      const cycle = this.phase % (mode === "pingpong" ? 2 : 1);
      const share = cycle > 1 ? 2 - cycle : cycle;
      this.scrub(this.ease.checked ? eased(share) : share);
      this.#frame = requestAnimationFrame(walk);
    };
    this.#frame = requestAnimationFrame(walk);
  }

  swap() {
    const [a, b] = this.ends;
    if (!a.code || !b.code) return;
    const [code, image, words] = [a.code, a.image, a.caption.textContent];
    a.set(b.code, b.image, b.caption.textContent);
    b.set(code, image, words);
  }

  #step(direction) {
    this.play(false);
    const size = 1 / (this.steps - 1);
    this.scrub(Math.min(1 + BEFORE, Math.max(-BEFORE, Math.round(this.t / size) * size + direction * size)));
  }

  #begin() {
    const { ends } = this.page;
    this.ends.forEach((end, i) => {
      const start = ends?.[i];
      if (start && start.image !== null) end.attempt(() => end.take(start.image));
      else if (start) end.set(Float32Array.from(start.z), null);
      else end.attempt(() => end.random());
    });
  }

  #rest() {
    return this.ends[0].code.subarray(this.model.latentDim);
  }

  /** Another A or B: all paths are found anew; both may change in one moment. */
  #changed() {
    this.pending ??= queueMicrotask(() => {
      this.pending = null;
      if (!this.gone && this.ends.every(({ code }) => code)) this.#find();
    }) ?? true;
  }

  #find() {
    this.#finding?.abort();
    const finding = (this.#finding = new AbortController());
    const [a, b] = this.ends.map(({ code }) => Array.from(code, (value) => Number(value.toFixed(5))).join());
    this.#say("");
    const read = (row) =>
      readLines(`${this.page.pathUrl}?kind=${row.kind}&a=${a}&b=${b}`, finding.signal, (line) => {
        if (finding !== this.#finding) return;
        if (line.error) return row.fail(line.error);
        row.take(line);
        this.#drawStrip(row);
        this.map?.show(row.kind, this.rows.indexOf(row), row.codes);
        if (!this.playing) this.scrub(this.t);
      }).catch((error) => {
        if (finding === this.#finding && error.name !== "AbortError") row.fail(`${error.message}. Choose again.`);
      });
    for (const row of this.rows) row.node.dataset.done = "false";
    const [slow, quick] = [this.rows.filter(({ kind }) => kind === "geodesic"), this.rows.filter(({ kind }) => kind !== "geodesic")];
    // The quick ones first, then the one that takes its time, then Python's page: they share one interpreter.
    Promise.all(quick.map(read))
      .then(() => finding === this.#finding && Promise.all(slow.map(read)))
      .then(() => {
        clearTimeout(this.telling);
        this.telling = setTimeout(() => finding === this.#finding && this.#tell(), 800); // who tries many is not held up
      });
  }

  /** Python keeps the ends, and makes files of them. */
  #tell() {
    this.send("ends", { model: this.model.id, ends: this.ends.map(({ code, image }) => ({ z: Array.from(code), image })) });
  }

  #redraw() {
    for (const row of this.rows) this.#drawStrip(row);
    this.scrub(this.t);
  }

  #drawStrip(row) {
    if (!row.codes) return;
    const { codeDim } = this.model;
    const { steps } = this;
    const codes = new Float32Array(steps * codeDim);
    for (let i = 0; i < steps; i++) codes.set(row.codeAt(i / (steps - 1), this.even.checked, this.#rest()), i * codeDim);
    this.channel.ask(Operation.DECODE, STRIP_LANE + this.rows.indexOf(row), steps, codes, ({ body }) => {
      if (row.canvases.length === steps) row.paintStrip(body);
    });
  }

  #showStatus({ state, message }) {
    this.root.dataset.channel = state;
    this.#say({ opening: "Loading the model …", open: "", lost: "Connection lost, trying again …", refused: message }[state]);
    if (state === "open") this.draws.prepare();
  }

  #say(text) {
    this.status.textContent = text ?? "";
    this.status.hidden = !text;
  }
}
