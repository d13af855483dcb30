/**
 * The Explore page: connects the point to the panels, and the panels to the live channel.
 *
 *     input → Point → LiveChannel → picture, meter, filmstrip, plane
 *                  ↘ on release → Python (URL, other pages)
 */

import { Audience } from "../core/audience.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { Operation } from "../core/protocol.js";
import { StatusLine } from "../core/status.js";
import { ClassChips } from "../core/classes.js";
import { Controllers } from "./controllers.js";
import { Data } from "../core/data.js";
import { DimensionNames } from "./dimension_names.js";
import { DirectionSliders } from "./directions.js";
import { DataDraws, PriorDraws } from "../core/draws.js";
import { element, setText } from "../core/dom.js";
import { Filmstrip } from "./filmstrip.js";
import { keysOf, listenToKeys } from "./keys.js";
import { Locks } from "../core/locks.js";
import { writeLink } from "../core/link.js";
import { Meter } from "../core/meter.js";
import { Origin } from "./origin.js";
import { arrange } from "./panels.js";
import { Paced } from "../core/paced.js";
import { paint, pictureCanvas, pixelsOf } from "../core/picture.js";
import { ImagePicker } from "../core/picker.js";
import { Plane } from "../core/plane.js";
import { Player } from "../core/player.js";
import { Point } from "../core/point.js";
import { Presentation } from "../core/presentation.js";
import { Readout } from "../core/readout.js";
import { Recorder } from "./recorder.js";
import { SideMap } from "../core/sidemap.js";
import { Sliders } from "../core/sliders.js";
import { announce, askToSave } from "../core/shown.js";
import { shareMenu } from "./share.js";
import { Starts } from "./starts.js";
import { toolbar } from "./toolbar.js";
import { Variations } from "./variations.js";
import { Undo } from "../core/undo.js";
import { isConditional } from "../core/labels.js";
import { faultText, withAdvice } from "../core/failure.js";
import { t } from "../core/language.js";

const PICTURE_LANE = 0;
const MEASURE_EVERY = 50; // ms
const NAMES_AFTER = 800; // ms

export class Explorer {
  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").ExplorePage} page
   * @param {(name: "point" | "go", value: any) => void} send to Python: the point when an input ends, or the page to open
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    const { model, dimensions, colors } = page;
    this.model = model;
    this.status = new StatusLine();
    this.data = new Data(model);
    this.draws = model.prior ? new PriorDraws(model.priorUrl, model.latentDim) : new DataDraws(this.data, dimensions);
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      model.id,
      (status) => this.#showStatus(status),
      (error) => this.status.show(faultText(error)),
    );
    this.measuring = new Paced(MEASURE_EVERY, () => this.#measure());
    this.point = new Point(page.point?.z ?? startOf(model, dimensions));
    this.locks = new Locks();
    this.player = new Player(this.point, this.data, model.unit, (playing) => this.#played(playing));
    this.starts = new Starts(this);
    this.picker = new ImagePicker(model, this.data, (index) => this.#attempt(() => this.starts.image(index)), () => this.#touched());
    this.presentation = new Presentation(this.root, () => this.plane?.surface ?? root.querySelector(".slider input[type=range]"));
    const attempt = (action) => () => this.#attempt(action);
    this.actions = {
      toggle: attempt(() => this.player.toggle()),
      random: attempt(() => this.starts.sample()),
      randomImage: attempt(() => this.starts.randomImage()),
      mean: attempt(() => this.starts.mean()),
    };
    this.#build(page);
    if (page.picture) paint(this.canvas, pixelsOf(page.picture), model.imageShape); // until the live channel sends the same
    this.point.addEventListener("move", (event) => this.#moved(event.change));
    this.point.addEventListener("source", () => this.tools.allowResample(Boolean(this.point.source)));
    this.#listen();
    this.leaveTray = announce({
      model: model.id,
      read: () => this.#visited(),
      goTo: (visited) => this.#restore(visited),
      moveTo: (z) => this.#pass(z),
      say: (text) => this.status.showBriefly(text),
      isBusy: () => Boolean(root.querySelector(":popover-open:not(.variations, .controllers)")),
    });
    this.#begin(page.point);
  }

  destroy() {
    this.player.stop(false);
    this.measuring.cancel();
    clearTimeout(this.named);
    this.recorder.destroy();
    this.controllers.destroy();
    this.stopKeys();
    this.readout.destroy();
    this.undo.destroy();
    this.leaveTray();
    this.plane?.destroy();
    this.sideMap?.destroy();
    this.presentation.destroy();
    this.audience.destroy();
    this.resizer.disconnect();
    this.channel.close();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  #build(page) {
    const { model, dimensions, colors, map, directions, base } = page;
    this.canvas = pictureCanvas(model.imageShape, t("the decoded picture"), "picture main");
    this.undo = new Undo(model.id, () => this.#visited(), (visited) => this.#restore(visited));
    this.names = new DimensionNames(model);
    this.variations = new Variations(this.point, model, dimensions, this.locks, this.channel, (z) => this.#vary(z));
    this.record = element("button.record", { type: "button", text: t("Stop recording"), title: t("End the recording and save the video"), hidden: true, onclick: () => this.#record() });
    this.recorder = new Recorder(this.point, dimensions, this.canvas, model.id, (on) => (this.record.hidden = !on));
    const share = shareMenu(model, this.point, this.canvas, base, { say: (text) => this.status.showBriefly(text), record: () => this.#record(), audience: () => this.audience.show() });
    this.audience = new Audience(base, page.reach, { model: model.id, latentDim: model.latentDim, point: this.point, say: (text) => this.status.showBriefly(text), onMove: () => this.#touched() });
    this.controllers = new Controllers(this.root, this.point, page, this.names, {
      touch: () => this.#touched(),
      random: this.actions.random,
      undo: () => this.undo.step(-1),
      redo: () => this.undo.step(1),
      favourite: askToSave,
      play: this.actions.toggle,
      chooseClass: (index) => this.chips?.choose(index),
    });
    this.tools = toolbar(model, { ...this.actions, resample: () => this.starts.samplePosterior(), present: () => this.presentation.show() }, this.undo.node, this.variations.button, share.button, share.menu, this.controllers.button, this.controllers.node, this.audience.button, this.record);
    this.picker.attach(this.tools.choose);
    this.tools.allowResample(false);
    this.what = element("div.what", { title: t("The class of the nearest test image") });
    this.readout = new Readout(keysOf(isConditional(model)));
    this.meter = new Meter(this.model.images);
    this.origin = new Origin(this.point, model, this.data, this.channel, (index) => this.#attempt(() => this.starts.image(index)), (label) => setText(this.what, model.classes[label] ?? ""));
    this.filmstrip = new Filmstrip(this.point, dimensions, model.imageShape, this.channel);
    this.sliders = new Sliders(this.point, model, dimensions, (index) => this.filmstrip.attend(index), this.locks, this.names);
    if (model.latentDim === 2) {
      this.plane = new Plane(this.point, model, dimensions, colors, this.channel);
      this.#attempt(async () => this.plane.showCodes(await this.data.codes));
    } else if (map) this.sideMap = new SideMap(this.point, model, map, colors, base);
    if (directions.length) this.directions = new DirectionSliders(this.point, directions);
    if (isConditional(model)) this.chips = new ClassChips(this.point, model, colors, (...choice) => this.#chooseClass(...choice));
    const frame = element("div.frame-of-picture", { title: t("Click to play or pause") }, this.canvas, this.what, this.status.node);
    frame.addEventListener("click", this.actions.toggle);
    this.resizer = arrange(this.root, page, frame, this, () => this.send("go", "map"));
    this.root.append(this.audience.corner, this.audience.panel);
    for (const control of [this.sliders.node, this.filmstrip.node, this.plane?.node, this.sideMap?.node, this.directions?.node, this.meter.node]) {
      control?.addEventListener("pointerdown", () => this.#touched(), true);
    }
  }

  #listen() {
    this.stopKeys = listenToKeys(this.root, this.presentation, {
      ...this.actions,
      walk: (direction) => this.#walk(direction),
      chooseClass: this.chips ? (index) => this.chips.choose(index) : null,
      vary: (on) => (on ? this.variations.show() : this.variations.hide()),
      isVarying: () => this.variations.open,
      lock: () => this.sliders.toggleLock(),
      undo: this.undo.keys,
    });
    this.root.addEventListener("keydown", (event) => {
      if (/^(Arrow|Page|Home|End)/.test(event.key)) this.#touched();
    });
  }

  /** Decode as other classes; the animation continues. @param {Float32Array} weights @param {number} [since] */
  #chooseClass(weights, since) {
    const code = Float32Array.from(this.point.z);
    code.set(weights, this.model.latentDim);
    this.starts.supersede(); // a late image must not undo the choice
    this.point.move(code, { since });
    if (!this.player.playing) this.point.rest();
  }

  /** Using a control stops the animation and keeps the point. */
  #touched() {
    this.starts.touch();
    this.player.stop();
  }

  /** Run an action that may fetch, and show its errors. */
  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.status.showBriefly(withAdvice(error, t("Try again.")));
    }
  }

  /** Start or end recording. */
  #record() {
    try {
      this.recorder.toggle();
    } catch (error) {
      this.status.showBriefly(error.message);
    }
  }

  /** Go to a variation. @param {Float32Array} z */
  #vary(z) {
    this.#touched();
    this.starts.supersede();
    this.starts.jump(z);
  }

  #played(playing) {
    this.tools.showPlaying(playing);
    if (playing) writeLink(this.model.id, null, null);
  }

  #walk(direction) {
    this.#touched();
    this.sliders.walk(direction);
  }

  #begin(start) {
    this.#moved({});
    if (start) this.undo.record(this.point.z, start.image);
    writeLink(this.model.id, start && start.z, start && start.image);
    this.#attempt(() => {
      if (start) return start.image === null ? null : this.starts.image(start.image, false);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.starts.randomImage();
      return this.player.start();
    });
  }

  #visited() {
    return { z: this.point.z, image: this.point.source?.image ?? null };
  }

  /** Go back or forth to a point. @param {import("../core/history.js").Visited} visited */
  #restore({ z, image }) {
    this.starts.touch();
    this.player.stop(false); // its point is in the history already
    this.starts.supersede();
    const same = image !== null && image === this.point.source?.image;
    if (!same) this.point.setSource(null);
    if (image !== null && !same) this.#attempt(() => this.starts.image(image, false, true));
    this.starts.jump(z);
  }

  /** Show a point on the way to another. @param {Float32Array} z */
  #pass(z) {
    this.starts.touch();
    this.starts.supersede();
    this.player.stop(false);
    this.point.move(z);
  }

  /** @param {import("../core/point.js").Change} change */
  #moved({ since, rest }) {
    if (rest) {
      const { z, source } = this.point;
      const image = source?.image ?? null;
      this.undo.record(z, image);
      writeLink(this.model.id, z, image);
      this.send("point", { model: this.model.id, z: Array.from(z, (value) => Number(value.toFixed(4))), image });
      return;
    }
    const z = new Float32Array(this.point.z); // a copy: the request may wait
    this.channel.ask(Operation.DECODE, PICTURE_LANE, 1, z, (reply) => {
      paint(this.canvas, reply.body, this.model.imageShape);
      this.readout.drew(since, reply);
      this.sideMap?.follow();
      this.measuring.call();
    });
  }

  /** Suggest names of the dimensions once, when the first pictures are there. */
  #suggestNames() {
    if (this.named) return;
    this.named = setTimeout(() => {
      // Without the codes there are no names; what else needs the codes shows the error.
      this.names.suggest(this.channel, this.page.dimensions, this.data.codes).catch(() => {});
    }, NAMES_AFTER);
  }

  /** Measure the current point for the meter. */
  #measure() {
    this.channel.ask(Operation.MEASURE, PICTURE_LANE, 1, new Float32Array(this.point.z), ({ body: [percentile, distance, nearest] }) => {
      this.meter.show(percentile, distance);
      this.controllers.report(percentile, distance);
      this.origin.showNearest(nearest);
    });
  }

  /** @param {import("../core/channel.js").Status} status */
  #showStatus({ state, message, opened }) {
    const before = this.root.dataset.channel;
    this.root.dataset.channel = state;
    if (opened) this.readout.opened(opened);
    if (opened && opened.latent_dim !== this.model.codeDim) {
      this.channel.close();
      this.status.show(t("This model was replaced. Reload the page."));
      return;
    }
    const lost = t("Connection lost. Reconnecting …");
    const opening = before === "lost" ? lost : t("Loading the model …");
    this.status.show({ opening, open: "", lost, refused: message }[state]);
    if (state === "open") {
      this.draws.prepare();
      this.#suggestNames();
    }
    // Python may have missed the end of an input.
    if (state === "open" && this.wasLost && !this.player.playing) this.point.rest();
    this.wasLost = state === "lost" || (state === "opening" && this.wasLost);
  }
}

/** The first code: the middle of the data, with a random class. */
function startOf(model, dimensions) {
  const z = new Float32Array(model.codeDim);
  const classes = model.codeDim - model.latentDim;
  if (classes) z[model.latentDim + Math.floor(Math.random() * classes)] = 1;
  for (const { index, median } of dimensions) z[index] = median;
  return z;
}
