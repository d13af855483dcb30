/**
 * The Reconstruct page: your own picture, its reconstruction and its assessment.
 *
 *     file, paste, drop, camera → Preparer (the server's steps) ┐
 *     pen → Pad (placed here)                                   ├→ input → RECONSTRUCT → Point → sliders, map
 *     test image ───────────────────────────────────────────────┘       ↘ read → assessment, marks, nearest images
 */

import { Broadcast } from "../core/broadcast.js";
import { Data } from "../core/data.js";
import { element } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { missingMap } from "../core/missing_map.js";
import { Point } from "../core/point.js";
import { Readout } from "../core/readout.js";
import { SideMap } from "../core/sidemap.js";
import { imageName } from "../core/labels.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { Operation } from "../core/protocol.js";
import { DelayedSend } from "../core/delayed_send.js";
import { faultText, withAdvice } from "../core/failure.js";
import { t } from "../core/language.js";
import { StatusLine, connectionText } from "../core/status.js";
import { Result } from "./result.js";
import { CodeCard } from "./codecard.js";
import { Assessor } from "./assessor.js";
import { imageButtons } from "../core/layout.js";
import { PictureTable } from "./picturetable.js";
import { Handoff } from "./handoff.js";
import { keepSource, keptSource } from "./kept_sources.js";
import { arrange } from "./panels.js";
import { Preparer } from "./preparer.js";
import { Repair } from "./repair.js";
import { PictureInput } from "./input.js";
import { DrawStrip, NearestStrip } from "../core/strips.js";
import { about } from "./wire.js";

const LANES = { input: 0, point: 0, draws: 1, repaired: 2, encoder: 3 };
const DELAY = 1000; // ms that the point must rest before Python gets it

/** @returns {import("../core/key_help.js").Keys} */
const keys = () => [
  ["B", t("reset to the picture")],
  ["T", t("test image")],
  ["E", t("eraser")],
  ["Ctrl Z", t("undo the last stroke")],
  ["Ctrl V", t("paste a picture")],
];

export class ReconstructView {
  /** @type {boolean | null} whether there is no input; null before that is known */
  blank = null;
  #turn = 0; // of inputs

  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").ReconstructPage} page
   * @param {(name: "point" | "stop" | "go", value: any) => void} send to Python
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    const { model } = page;
    this.model = model;
    this.data = new Data(model);
    this.point = new Point(new Float32Array(model.codeDim));
    this.status = new StatusLine();
    this.connection = new StatusLine();
    this.delayed = new DelayedSend(DELAY, () => this.#sendPoint());
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      model.id,
      (status) => this.#showStatus(status),
      (error) => this.status.show(faultText(error)),
    );
    this.assessor = new Assessor(
      `${page.url}/read`,
      model.imageShape,
      (reading, odd, turn) => this.#assessed(reading, odd, turn),
      (error, turn) => turn === this.#turn && !this.gone && this.result.unread(error.message),
    );
    this.preparer = new Preparer(
      `${page.url}/prepare`,
      (picture, prepared) => this.input.isOf(picture) && this.#prepared(picture, prepared),
      (picture, error) => this.input.isOf(picture) && this.#refused(picture, about(error, picture.name)),
    );
    this.input = new PictureInput(model, page.wants, {
      onInk: (since) => this.#take(this.input.pad.input(), since, t("Nothing is drawn yet. Draw a picture, or open one.")),
      onPicture: (picture, settings) => this.preparer.prepare(picture, settings),
      onMany: (files) => {
        this.status.show();
        this.table.read(files);
      },
      onChoose: () => this.status.show(""),
      onOpen: () => this.root.classList.add("waiting"),
      onError: (error) => this.#warn(error.message),
    });
    this.#build();
    this.point.addEventListener("move", ({ change }) => this.#pointMoved(change));
    this.#attempt(() => this.#begin());
  }

  destroy() {
    keepSource(this.model, this.input.keep());
    this.stopKeys();
    this.broadcast?.release(this.point);
    this.input.destroy();
    this.readout.destroy();
    this.preparer.destroy();
    this.assessor.clear();
    this.repair.destroy();
    this.table.destroy();
    this.sideMap?.destroy();
    this.channel.close();
    this.resizer.disconnect();
    this.root.replaceChildren();
    this.root.className = "root";
    this.gone = true;
    this.delayed.cancel();
    clearTimeout(this.settling);
  }

  /** Open a test image on the pad. @param {number} index */
  async takeImage(index) {
    const choice = this.input.choose();
    const [pixels, { labels }] = await Promise.all([this.data.image(index), this.data.codes]);
    if (choice !== this.input.choice) return;
    this.input.showImage(pixels, t("test {name}", { name: imageName(this.model, index, labels[index]) }));
    this.result.unread();
    this.#take(pixels);
  }

  #build() {
    const { root, page, model } = this;
    const { dimensions, colors } = page;
    this.result = new Result(model);
    this.nearest = new NearestStrip(model, this.data, (row) => this.#attempt(() => this.takeImage(row)));
    if (model.prior) this.draws = new DrawStrip(model, this.channel, LANES.draws, (code) => this.code.jump(code));
    this.code = new CodeCard(this.point, model, dimensions, colors);
    this.repair = new Repair(model, this.channel, { repaired: LANES.repaired, encoder: LANES.encoder }, `${page.url}/repair`, page.wants.background, (code) => this.code.jump(code));
    this.table = new PictureTable(model, page.url, (file) => this.input.take([file]));
    this.readout = new Readout(keys());
    if (page.map) this.sideMap = new SideMap(this.point, model, page.map, colors, page.base);
    this.handoff = new Handoff(
      model.id,
      () => this.point.z,
      (name, value) => {
        if (name === "go") this.delayed.now();
        this.send(name, value);
      },
    );
    const toolbar = element(
      "div.toolbar",
      { role: "toolbar", "aria-label": t("Your picture") },
      ...this.input.buttons,
      ...imageButtons(model, this.data, () => this.#attempt(() => this.#randomImage()), (index) => this.#attempt(() => this.takeImage(index))),
      element("span.gap"),
      ...this.handoff.nodes,
    );
    const makeMap = () => {
      this.leave();
      this.send("go", "map");
    };
    const { ofPicture, resizer } = arrange(root, this, toolbar, this.sideMap?.node ?? missingMap(makeMap));
    this.ofPicture = [...ofPicture, ...this.handoff.buttons];
    this.resizer = resizer;
    this.stopKeys = listenKeys(
      { b: () => this.code.back(), t: () => this.#attempt(() => this.#randomImage()), e: () => this.input.pad.erase() },
      () => !root.querySelector(":popover-open"),
    );
    this.input.listen(root);
  }

  async #begin() {
    const before = keptSource(this.model);
    if (before && this.input.restore(before)) return;
    await this.#randomImage();
  }

  async #randomImage() {
    const choice = this.input.choose();
    const { rows } = await this.data.codes;
    if (choice === this.input.choice) await this.takeImage(Math.floor(Math.random() * rows));
  }

  /** The server has prepared a picture. */
  #prepared(picture, { steps, box, found }) {
    if (picture !== this.lastPicture && !picture.live) this.result.unread();
    this.lastPicture = picture;
    if (picture.file && !this.table.has(picture.file)) this.table.hideRefusals();
    this.input.showPrepared(picture, steps, box);
    this.#take(found ? steps.at(-1).pixels : null, undefined, t("No object was found in this picture. Draw a box around it, or change the threshold."));
  }

  /** A picture could not be read or prepared. @param {import("./preparer.js").Picture} picture @param {string} words */
  #refused(picture, words) {
    if (!picture.pixels) this.input.refuse();
    this.#take(null);
    this.#warn(words);
  }

  /**
   * Take a new input for the model, from any source.
   *
   * @param {Uint8Array<ArrayBuffer> | null} pixels null: there is no input
   * @param {number} [since] time of the input event
   * @param {string} [empty] message without an input
   */
  #take(pixels, since, empty = "") {
    const turn = ++this.#turn;
    this.#showBlank(!pixels);
    if (!pixels) {
      this.assessor.clear();
      this.result.empty(empty);
      this.repair.setInput(null);
      return;
    }
    this.status.show();
    this.channel.ask(Operation.RECONSTRUCT, LANES.input, 1, pixels, (reply) => {
      if (this.blank) return; // cleared meanwhile
      const { latentDim, codeDim } = this.model;
      const codes = new Float32Array(reply.body.slice(0, 8 * codeDim).buffer);
      const [mean, logVar] = [codes.slice(0, codeDim), codes.subarray(codeDim, codeDim + latentDim)];
      this.point.setSource({ image: null, pixels, label: null, mean, sigma: logVar.map((one) => Math.exp(one / 2)) });
      this.point.move(mean, { by: this });
      this.#show(reply, reply.body.subarray(8 * codeDim), false, since);
      if (turn === this.#turn) this.#settle(pixels, turn);
    });
    this.assessor.ask(pixels, turn, false);
  }

  /** Disable what needs an input. */
  #showBlank(blank) {
    this.root.classList.remove("waiting");
    if (blank === this.blank) return;
    this.blank = blank;
    this.root.classList.toggle("blank", blank);
    for (const node of this.ofPicture) node.inert = blank;
  }

  /** Update the slower parts soon after the input has ended. */
  #settle(pixels, turn) {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.gone || this.blank) return;
      this.assessor.ask(pixels, turn, true);
      this.draws?.ask(this.point.source);
      this.repair.setInput(pixels);
      this.point.rest();
    }, 80);
  }

  #assessed(reading, odd, turn) {
    if (this.gone || this.blank) return;
    this.result.setReading(reading, odd);
    this.root.dataset.read = turn;
    this.#attempt(() => this.nearest.find(reading.nearest));
  }

  /** @param {import("../core/point.js").Change} change */
  #pointMoved({ since, rest, by }) {
    if (!this.broadcast) this.#letPhonesFollow();
    if (rest) {
      this.delayed.schedule();
      return;
    }
    if (by === this) return; // its picture is already shown
    const z = Float32Array.from(this.point.z);
    const { source } = this.point;
    this.channel.ask(Operation.DECODE, LANES.point, 1, z, (reply) => {
      if (source !== this.point.source) return; // of an earlier picture
      this.#show(reply, reply.body, Boolean(source?.mean.some((value, i) => value !== z[i])), since);
    });
  }

  /** Send pending states. */
  leave() {
    this.delayed.flush();
  }

  /** Let phones of an audience follow the point, once it is the code of a picture. */
  #letPhonesFollow() {
    const { model, page, point } = this;
    this.broadcast = Broadcast.of(page.base);
    this.broadcast.follow({ model: model.id, latentDim: model.latentDim, point, say: (text) => this.#warn(text) });
  }

  /** Send the point to Python, which keeps it for the other pages. */
  #sendPoint() {
    this.send("point", { model: this.model.id, z: Array.from(this.point.z, (value) => Number(value.toFixed(4))), image: null });
  }

  /** @param {import("../core/protocol.js").Reply<any>} reply @param {Uint8Array} pixels @param {boolean} moved whether the point has left the picture's code @param {number} [since] */
  #show(reply, pixels, moved, since) {
    if (!this.blank) this.result.show(this.point.source?.pixels ?? null, pixels, moved);
    this.readout.drew(since, reply);
    this.code.backButton.disabled = !moved;
    this.sideMap?.follow();
  }

  /** Run an action and show its errors. */
  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.#warn(withAdvice(error, t("Try again.")));
    }
  }

  /** @param {import("../core/channel.js").Status} status */
  #showStatus(status) {
    this.root.dataset.channel = status.state;
    this.connection.show(connectionText(status));
  }

  /** Show an error about a picture. @param {string} text */
  #warn(text) {
    this.status.show(text);
    this.status.node.scrollIntoView({ block: "nearest" });
  }
}
