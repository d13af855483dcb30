/**
 * The Reconstruct page: a person's own picture, and what the model makes of it.
 *
 *     file, paste, drop, camera → Preparer (the server's steps) ┐
 *     pen → Pad (placed here)                                   ├→ input → RECONSTRUCT → Point → sliders, map
 *     test image ───────────────────────────────────────────────┘       ↘ read → verdict, odd places, nearest images
 */

import { ClassChips } from "../explore/classes.js";
import { Data } from "../explore/data.js";
import { element } from "../explore/dom.js";
import { listenKeys } from "../explore/keyboard.js";
import { ImagePicker } from "../explore/picker.js";
import { Point } from "../explore/point.js";
import { Readout } from "../explore/readout.js";
import { SideMap } from "../explore/sidemap.js";
import { Sliders } from "../explore/sliders.js";
import { normal } from "../explore/walk.js";
import { imageName, isConditional, orderName } from "../explore/words.js";
import { LiveChannel, channelUrl } from "../live/channel.js";
import { Operation } from "../live/protocol.js";
import { Answer } from "./answer.js";
import { Many } from "./many.js";
import { Newest } from "./newest.js";
import { Preparer } from "./preparer.js";
import { Repair } from "./repair.js";
import { Source } from "./source.js";
import { NearestStrip, Strip } from "./strips.js";
import { cut, post, unpacked } from "./wire.js";

const LANES = { input: 0, point: 0, draws: 1, repaired: 2, encoder: 3 };
const DRAWS = 10;
const BETWEEN = 100; // ms between two readings
const TELL = 1000; // ms that the point must rest: the page's run takes the cores
const UNREAD = 700; // ms that a hand may go on without one

/** What each model's page showed last; the tab forgets it when it is closed. @type {Map<string, object>} */
const kept = new Map();

export class OwnView {
  blank = true; // whether there is no input
  #readAt = -Infinity;
  #readTurn = 0; // of the input that was read last
  #turn = 0; // of inputs

  /**
   * @param {HTMLElement} root
   * @param {object} page what Python sent: base, model, dimensions, colors, wants, url, map (null where none is made)
   * @param {(name: "point" | "stop" | "go", value: any) => void} send tell Python
   */
  constructor(root, page, send) {
    Object.assign(this, { root, page, send, model: page.model });
    const { model } = page;
    this.data = new Data(model);
    this.point = new Point(new Float32Array(model.codeDim));
    this.status = element("div.status", { role: "status", hidden: true });
    this.connection = element("div.status", { role: "status", hidden: true });
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      model.id,
      (status) => this.#showStatus(status),
      (error) => this.#say(this.status, `${error.message} ${error.mend}`),
    );
    this.readings = new Newest(BETWEEN);
    this.noise = Array.from({ length: DRAWS * model.latentDim }, () => normal());
    this.preparer = new Preparer(
      `${page.url}/prepare`,
      (picture, prepared) => this.source.isOf(picture) && this.#prepared(picture, prepared),
      (picture, error) => this.source.isOf(picture) && this.#say(this.status, error.message),
    );
    this.source = new Source(model, page.wants, {
      onInk: (since) => this.#take(this.source.pad.input(), since, "Nothing is drawn yet"),
      onPicture: (picture, settings) => this.preparer.prepare(picture, settings),
      onMany: (files) => this.many.read(files),
      onImage: (index) => this.#attempt(() => this.takeImage(index)),
      onError: (error) => this.#say(this.status, error.message),
    });
    this.#build();
    this.point.addEventListener("move", ({ change }) => this.#pointMoved(change));
    this.#attempt(() => this.#begin());
  }

  destroy() {
    kept.set(this.model.id, this.source.keep());
    this.stopKeys();
    this.source.destroy();
    this.preparer.destroy();
    this.readings.clear();
    this.repair.destroy();
    this.many.destroy();
    this.sideMap?.destroy();
    this.channel.close();
    this.resizer.disconnect();
    this.root.replaceChildren();
    this.root.className = "root";
    this.gone = true;
    clearTimeout(this.telling);
    clearTimeout(this.settling);
  }

  /** A test image, on the pad. @param {number} index */
  async takeImage(index) {
    const turn = ++this.#turn;
    const [pixels, { labels }] = await Promise.all([this.data.image(index), this.data.codes]);
    if (turn !== this.#turn || this.gone) return;
    this.source.showImage(pixels, `test ${imageName(this.model, index, labels[index])}`);
    this.#take(pixels);
  }

  /** To the picture's own code. */
  back() {
    if (this.point.source) this.#jump(this.point.source.mean);
  }

  #build() {
    const { root, page, model } = this;
    const { dimensions, colors } = page;
    const button = (text, title, onclick, classes = "") => element(`button${classes}`, { type: "button", text, title, onclick });
    this.answer = new Answer(model);
    this.nearest = new NearestStrip(model, this.data, (row) => this.#attempt(() => this.takeImage(row)));
    this.draws = new Strip("Draws from its posterior", "Codes that the encoder holds for as likely as its mean allows, decoded. Click one to go there", model.imageShape, DRAWS, (i) => this.#jump(this.#draw(i)));
    this.sliders = new Sliders(this.point, model, dimensions, () => {});
    if (isConditional(model)) this.chips = new ClassChips(this.point, model, colors, (...choice) => this.#chooseClass(...choice));
    this.repair = new Repair(model, this.channel, { repaired: LANES.repaired, encoder: LANES.encoder }, `${page.url}/repair`, page.wants.background, (code) => this.#jump(code));
    this.many = new Many(model, page.url, (file) => this.source.take([file]));
    this.readout = new Readout();
    this.readout.node.querySelector(".hint").textContent = "B: back to the picture · E: eraser · Ctrl Z: undo · Ctrl V: paste a picture";
    if (page.map) this.sideMap = new SideMap(this.point, model, page.map, colors, page.base);
    this.backButton = button("Back to my image", "The sliders go back to the picture's own code (B)", () => this.back());
    const picker = new ImagePicker(model, this.data, (index) => this.#attempt(() => this.takeImage(index)), () => {});
    const choose = button("▾", "Choose a test image by class or number", undefined, ".joined");
    choose.setAttribute("aria-label", "Choose a test image");
    picker.attach(choose);
    this.onPath = element("span.aside", { role: "status" });
    const slot = (letter) => button(letter, `Take it to Interpolate as ${letter}`, () => this.#stop(letter));
    this.toolbar = element(
      "div.toolbar",
      { role: "toolbar", "aria-label": "Your picture" },
      ...this.source.buttons,
      element("span.pair", {}, button("Test image", "A random image that the model never saw (T)", () => this.#attempt(() => this.#randomImage())), choose),
      picker.node,
      element("span.gap"),
      element("span.to-paths", { title: "Two of your pictures, and Interpolate has a path between them" }, "Path from", element("span.pair", {}, slot("A"), slot("B"))),
      this.onPath,
      button("Open in Explore", "With this code on its sliders", () => this.#go("explore")),
    );
    root.classList.add("own");
    const map = this.sideMap
      ? element("section.card.map-card", {}, this.sideMap.node)
      : element("section.card.map-card", {}, element("h2", { text: "Map" }), element("p.aside", { text: "No map of this model is made yet. The Map page makes one; then your picture's place is shown here." }));
    root.replaceChildren(
      this.status,
      this.connection,
      element("header.top", {}, element("h1", { text: "Reconstruct" }), this.toolbar),
      this.many.node,
      this.source.node,
      this.answer.node,
      map,
      this.source.steps.node,
      element("div.both-strips", {}, ...(model.prior ? [this.draws.node] : []), this.nearest.node),
      element(
        "section.card.latents",
        {},
        element("header", {}, element("h2", { text: "Its code" }), element("span.aside", { text: model.prior ? `mean ± σ of its posterior, over the data's range; ${orderName(model)}` : orderName(model) }), this.backButton),
        ...(this.chips ? [this.chips.node] : []),
        this.sliders.node,
      ),
      this.repair.node,
      this.readout.node,
    );
    this.stopKeys = listenKeys(
      { b: () => this.back(), t: () => this.#attempt(() => this.#randomImage()), e: () => this.source.pad.erase(true) },
      () => !root.querySelector(":popover-open"),
    );
    this.source.listen(root);
    this.resizer = new ResizeObserver(([{ contentRect: { width } }]) => {
      root.classList.toggle("narrow", width < 700);
      root.classList.toggle("wide", width >= 1000);
    });
    this.resizer.observe(root);
  }

  async #begin() {
    const before = kept.get(this.model.id);
    if (before && this.source.restore(before)) return;
    await this.#randomImage();
  }

  async #randomImage() {
    const { rows } = await this.data.codes;
    if (!this.gone) await this.takeImage(Math.floor(Math.random() * rows));
  }

  /** The server's steps have come. */
  #prepared(picture, { steps, box, found }) {
    this.#say(this.status, "");
    this.source.showPrepared(picture, steps, box);
    this.#take(found ? steps.at(-1).pixels : null, undefined, "Nothing stands out on this picture. Draw a box around what is meant, or move the threshold.");
  }

  /**
   * The model's input, from wherever it comes.
   *
   * @param {Uint8Array | null} pixels null: nothing is there
   * @param {number} [since] when the hand moved
   * @param {string} [empty] what to say of nothing
   */
  #take(pixels, since, empty = "") {
    const turn = ++this.#turn;
    if (!pixels) {
      this.blank = true;
      this.readings.clear();
      this.answer.empty(empty);
      this.repair.setInput(null);
      return;
    }
    this.blank = false;
    this.channel.ask(Operation.RECONSTRUCT, LANES.input, 1, pixels, (reply) => {
      if (this.blank) return; // wiped since
      const { latentDim, codeDim } = this.model;
      const codes = new Float32Array(reply.body.slice(0, 8 * codeDim).buffer);
      const [mean, logVar] = [codes.slice(0, codeDim), codes.subarray(codeDim, codeDim + latentDim)];
      this.point.setSource({ image: null, pixels, label: null, mean, sigma: logVar.map((one) => Math.exp(one / 2)) });
      this.point.move(mean, { by: this });
      this.#show(reply, reply.body.subarray(8 * codeDim), false, since);
      if (turn === this.#turn) this.#settle(pixels, turn);
    });
    // While the hand is at it, its pictures go first.
    if (performance.now() - this.#readAt > UNREAD) this.#readSoon(pixels, turn);
  }

  /** What follows the hand at leisure. */
  #settle(pixels, turn) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.gone || this.blank) return;
      this.#readSoon(pixels, turn);
      this.#askDraws();
      this.repair.setInput(pixels);
      this.point.rest();
    }, 80);
  }

  #readSoon(pixels, turn) {
    if (turn === this.#readTurn) return;
    this.#readTurn = turn;
    this.#readAt = performance.now();
    this.readings.run(() => this.#read(pixels, turn));
  }

  async #read(pixels, turn) {
    let answer;
    try {
      answer = unpacked(await post(`${this.page.url}/read`, pixels));
    } catch (error) {
      if (turn === this.#turn) this.#say(this.status, error.message);
      return;
    }
    if (this.gone || this.blank) return;
    const { head, rest } = answer;
    const [odd] = cut(rest, [this.model.imageShape.slice(0, 2)]);
    this.answer.setReading(head, odd);
    this.root.dataset.read = turn;
    await this.nearest.find(head.nearest).catch((error) => this.#say(this.status, error.message));
  }

  #draw(i) {
    const { mean, sigma } = this.point.source;
    const code = Float32Array.from(mean);
    sigma.forEach((one, d) => (code[d] += one * this.noise[i * sigma.length + d]));
    return code;
  }

  #askDraws() {
    if (!this.model.prior || !this.point.source) return;
    const { codeDim } = this.model;
    const codes = new Float32Array(DRAWS * codeDim);
    for (let i = 0; i < DRAWS; i++) codes.set(this.#draw(i), i * codeDim);
    this.channel.ask(Operation.DECODE, LANES.draws, DRAWS, codes, ({ body }) => {
      const size = body.length / DRAWS;
      this.draws.show(Array.from({ length: DRAWS }, (_, i) => body.subarray(i * size, (i + 1) * size)));
    });
  }

  #chooseClass(weights, since) {
    const code = Float32Array.from(this.point.z);
    code.set(weights, this.model.latentDim);
    this.point.move(code, { since });
    this.point.rest();
  }

  #jump(code) {
    this.point.move(code);
    this.point.rest();
  }

  #pointMoved({ since, rest, by }) {
    if (rest) {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.#tell(), TELL);
      return;
    }
    if (by === this) return; // its picture is there
    const z = Float32Array.from(this.point.z);
    const { source } = this.point;
    this.channel.ask(Operation.DECODE, LANES.point, 1, z, (reply) => {
      if (source !== this.point.source) return; // of another picture's loop
      this.#show(reply, reply.body, Boolean(source?.mean.some((value, i) => value !== z[i])), since);
    });
  }

  /** Python keeps the point for the other pages. */
  #tell() {
    clearTimeout(this.telling);
    this.send("point", { model: this.model.id, z: Array.from(this.point.z, (value) => Number(value.toFixed(4))), image: null });
  }

  /** @param {object} reply @param {Uint8Array} pixels @param {boolean} moved away from the picture's own code @param {number} [since] */
  #show(reply, pixels, moved, since) {
    if (!this.blank) this.answer.show(this.point.source?.pixels ?? null, pixels, moved);
    this.readout.drew(since, reply);
    this.backButton.disabled = !moved;
    this.sideMap?.follow();
  }

  #stop(letter) {
    if (!this.point.source) return;
    this.send("stop", { model: this.model.id, letter, z: Array.from(this.point.z) });
    this.onPath.replaceChildren(`This is ${letter} now. `, element("button.link", { type: "button", text: "Open Interpolate", onclick: () => this.#go("interpolate") }));
  }

  #go(page) {
    this.#tell();
    this.send("go", page);
  }

  /** What goes wrong is said. */
  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.#say(this.status, `${error.message}. Try again.`);
    }
  }

  #showStatus({ state, message }) {
    this.root.dataset.channel = state;
    this.#say(this.connection, { opening: "Loading the model …", open: "", lost: "Connection lost, trying again …", refused: message }[state]);
  }

  #say(node, text) {
    node.textContent = text ?? "";
    node.hidden = !text;
  }
}
