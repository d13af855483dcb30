/**
 * The Interpolate page: four paths through two or more pictures, animated together.
 *
 *     Stops → Finder (legs: straight ones computed here, others on the server) → rows: strips, figures; the map's lines
 *     Playback → codes of all four paths at a place → DECODE → four pictures
 *     stops A to D → Corners (sheets);   rows or sheets → Export → a file
 */

import { Broadcast } from "../core/broadcast.js";
import { Data } from "../core/data.js";
import { element, originOf } from "../core/dom.js";
import { DataDraws, PriorDraws } from "../core/draws.js";
import { listenKeys } from "../core/keyboard.js";
import { stage } from "../core/stage.js";
import { announceStops } from "../core/stop_list.js";
import { missingMap } from "../core/missing_map.js";
import { paint } from "../core/picture.js";
import { Point } from "../core/point.js";
import { Readout } from "../core/readout.js";
import { imageName, isConditional } from "../core/labels.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { Operation } from "../core/protocol.js";
import { DelayedSend } from "../core/delayed_send.js";
import { faultText, withAdvice } from "../core/failure.js";
import { t } from "../core/language.js";
import { StatusLine, connectionText } from "../core/status.js";
import { Between } from "./between.js";
import { Corners, sheetNames } from "./corners.js";
import { Export } from "./export.js";
import { missingOf, pathsFilm } from "./film.js";
import { Finder } from "./finder.js";
import { arrange } from "./panels.js";
import { PathMap } from "./pathmap.js";
import { Row } from "./row.js";
import { Stops } from "./stops.js";
import { Strips } from "./strips.js";
import { Playback } from "./playback.js";

const LANES = { scrub: 0, stops: 1, sheets: 6, here: 7 }; // 2 to 4: strips.js
const FIRST = 40; // ms before the server is asked: the pictures of the straight paths come first
const DELAY = 1500; // ms without a change before Python gets the stops
const PATIENCE = 150; // ms that a dragged letter must rest before the server is asked

/** @returns {import("../core/key_help.js").Keys} */
const keys = () => [
  [t("Space"), t("play")],
  ["← →", t("step")],
  ["R", t("reverse the stops")],
  ["Esc", t("end choosing on the map")],
];

export class PathsView {
  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").PathsPage} page
   * @param {(name: "stops" | "go", value: object | string) => void} send to Python
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    this.model = page.model;
    this.view = "paths";
    const { model } = page;
    this.data = new Data(model);
    this.draws = model.prior ? new PriorDraws(model.priorUrl, model.latentDim) : new DataDraws(this.data, page.dimensions);
    this.finder = new Finder(page.pathUrl, model.latentDim);
    this.status = new StatusLine(); // errors, until the next change
    this.connection = new StatusLine();
    this.delayed = new DelayedSend(DELAY, () => this.#sendStops());
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      model.id,
      (status) => this.#showStatus(status),
      (error) => this.status.show(faultText(error)),
    );
    this.readout = new Readout(keys());
    this.rows = page.paths.map((path) => new Row(path, model, page.colors));
    this.playback = new Playback({
      onScrub: (place, since) => this.#show(place, since),
      onPace: () => this.#redraw(),
      onSteps: () => this.strips.setSteps(),
    });
    this.corners = new Corners(model, this.channel, LANES, this.readout);
    this.export = new Export(page.movieUrl, (...order) => this.#film(...order), (what) => this.#missing(what));
    if (page.map) this.map = new PathMap(model, page.map, page.paths, page.colors, page.base, (stop, code, resting) => this.#dragged(stop, code, resting));
    this.strips = new Strips(this.channel, this.rows, this.playback, this.map);
    this.stops = new Stops(model, this.data, {
      draw: () => this.draws.next(),
      here: () => page.point?.z ?? null,
      onMap: this.map ? (stop) => this.map.arm(stop, (point) => this.#picked(stop, point)) : null,
      onChange: () => this.#changed(),
      onArrange: () => this.#arranged(),
      onHold: () => this.#held(),
      onError: (error) => this.status.show(withAdvice(error, t("Try again."))),
    });
    this.#build();
    this.strips.setSteps();
    for (const stop of page.stops ?? [null, null]) this.stops.add(stop);
    this.show("paths");
    this.leaveTray = announceStops((z, image) => this.#addStop(z, image));
  }

  destroy() {
    this.gone = true;
    this.leaveTray();
    this.stopKeys();
    this.playback.player.stop();
    if (this.presented) Broadcast.of(this.page.base).release(this.presented);
    this.readout.destroy();
    this.finder.destroy();
    this.export.destroy();
    this.delayed.cancel();
    clearTimeout(this.patience);
    this.strips.destroy();
    this.map?.destroy();
    this.channel.close();
    this.resizer.disconnect();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  /** @param {"paths" | "corners"} view */
  show(view) {
    const paths = view === "paths";
    this.view = this.root.dataset.view = view;
    for (const [name, button] of Object.entries(this.views)) button.setAttribute("aria-pressed", String(name === view));
    if (!paths) this.playback.player.stop();
    this.stops.setLeast(paths ? 2 : 4);
    const titles = Object.fromEntries(this.page.paths.map(({ key, title }) => [key, title]));
    if (paths) this.export.setWhat({ ...titles, all: t("All paths") }, this.page.paths.at(-1).key);
    else this.export.setWhat(sheetNames(), "bilinear");
    this.export.allowFilms(paths);
    this.#drawCorners();
  }

  #build() {
    const { root } = this;
    this.between = new Between(() => this.#changed());
    const view = (name, text) => element("button", { type: "button", text, onclick: () => this.show(name) });
    this.views = { paths: view("paths", t("Paths through stops")), corners: view("corners", t("Between four corners")) };
    const between = isConditional(this.model) ? this.between.node : null;
    const map = this.map?.node ?? element("div.card", {}, missingMap(() => this.#makeMap()));
    this.resizer = arrange(root, this, Object.values(this.views), between, map);
    this.stopKeys = listenKeys(
      {
        " ": () => this.playback.toggle(),
        r: () => this.stops.reverse(),
        ArrowLeft: () => this.playback.step(-1),
        ArrowRight: () => this.playback.step(1),
        Escape: () => this.map?.disarm(),
      },
      (event) => this.#keysApply(event),
    );
  }

  #keysApply(event) {
    if (this.root.querySelector(":popover-open")) return false;
    if (event.key === "Escape") return Boolean(this.map?.armed);
    if (event.key.startsWith("Arrow") && (stage.walking || originOf(event).closest?.("input, select"))) return false;
    return this.view === "paths";
  }

  /** Show the pictures of all four paths at a place. @param {number} place @param {number} [since] time of the input event */
  #show(place, since) {
    const rows = this.rows.filter((row) => row.there);
    if (!rows.length) return;
    const { codeDim } = this.model;
    const codes = new Float32Array(rows.length * codeDim);
    rows.forEach((row, i) => codes.set(row.codeAt(place, this.playback.isEven), i * codeDim));
    this.#present(codes.slice(-codeDim));
    this.channel.ask(Operation.DECODE, LANES.scrub, rows.length, codes, (reply) => {
      const size = reply.body.length / rows.length;
      rows.forEach((row, i) => row.paintNow(reply.body.subarray(i * size, (i + 1) * size)));
      this.readout.drew(since, reply);
    });
  }

  /** Let phones of an audience follow the last path. @param {Float32Array} z of its picture */
  #present(z) {
    const { model, page, presented } = this;
    if (presented) return presented.move(z);
    this.presented = new Point(z);
    const fixed = t("Phones cannot move the point of this page.");
    Broadcast.of(page.base).follow({ model: model.id, latentDim: model.latentDim, point: this.presented, say: (text) => this.status.show(text), fixed });
  }

  /** Add a favourite as the last stop. @param {number[]} z @param {number | null} image @returns {string} what was done */
  #addStop(z, image) {
    if (this.stops.isFull) return t("A path has at most {count} stops. Remove one first.", { count: this.stops.length });
    this.stops.add({ z, image, hold: 0 });
    return t("Added as stop {letter}.", { letter: this.stops.list.at(-1).letter });
  }

  /** The stops or their order have changed. */
  #arranged() {
    this.map?.disarm();
    this.playback.setStops(this.stops.list);
    this.#changed();
  }

  #held() {
    this.playback.setStops(this.stops.list);
    this.delayed.schedule();
  }

  /** A letter of the map was dragged. @param {import("./stop.js").Stop} stop @param {Float32Array} code @param {boolean} resting whether it was released */
  #dragged(stop, code, resting) {
    if (!this.stops.list.includes(stop)) return;
    this.patient = !resting;
    stop.set(code, null, t("point on the map"));
  }

  /** An image of the map was chosen. @param {import("./stop.js").Stop} stop @param {import("./pathmap.js").Picked} picked */
  #picked(stop, { z, label, row, split }) {
    if (split === "test") return stop.attempt(() => stop.take(row));
    const name = imageName(this.model, row, label);
    return stop.set(stop.withClass(z, label), null, split === "train" ? t("train {name}", { name }) : t("validation {name}", { name }));
  }

  /** A code or the order has changed: find new legs, once for all changes of this moment. */
  #changed() {
    this.pending ??= queueMicrotask(() => {
      this.pending = null;
      if (!this.gone) this.#find();
    }) ?? true;
  }

  /** The stops' codes, with what does not change taken from the first; null while one is missing. */
  #codes() {
    const codes = this.stops.list.map(({ code }) => code);
    return codes.length < 2 || codes.includes(null) ? null : this.between.mix(codes, this.model.latentDim);
  }

  #find() {
    const codes = this.#codes();
    if (codes) {
      this.status.show("");
      for (const row of this.rows) row.setLegs(this.finder.legs(row.path, codes));
      this.strips.draw(this.rows); // first: the server answers in this order
    }
    this.#drawStops();
    this.#drawCorners();
    this.export.update();
    if (!codes) return;
    if (!this.playback.player.playing) this.#show(this.playback.place);
    clearTimeout(this.patience);
    this.delayed.schedule();
    // While a letter is dragged, only the straight paths follow; the server is asked when it rests.
    this.patience = setTimeout(() => this.#ask(), this.patient ? PATIENCE : FIRST);
    this.patient = false;
  }

  #ask() {
    const found = this.rows.filter(({ path }) => !path.script).map(({ legs }) => legs);
    const made = this.rows.filter(({ path }) => path.script).flatMap(({ legs }) => legs);
    const rowOf = (leg) => this.rows.find(({ kind }) => kind === leg.kind);
    this.finder
      .find(
        // New paths first; the reports of those that are made here can wait.
        [...found, made],
        (leg) => {
          const row = rowOf(leg);
          if (!row?.legs.includes(leg)) return; // of an earlier path
          row.show();
          this.export.update();
          this.strips.draw([row]);
          if (!this.playback.player.playing) this.#show(this.playback.place);
        },
        (leg, error) => {
          rowOf(leg)?.fail(withAdvice(error, t("Choose other stops.")));
          this.export.update();
        },
      );
  }

  /** Send pending states. */
  leave() {
    this.delayed.flush();
  }

  /** Send the stops to Python, which keeps them. */
  #sendStops() {
    if (this.stops.list.some(({ code }) => !code)) return;
    const stops = this.stops.list.map(({ code, image, seconds }) => ({ z: Array.from(code), image, hold: seconds }));
    this.send("stops", { model: this.model.id, stops });
  }

  #makeMap() {
    this.leave();
    this.send("go", "map");
  }

  #redraw() {
    this.export.update();
    this.strips.draw(this.rows);
    this.#show(this.playback.place);
  }

  #drawStops() {
    const stops = this.stops.list.filter(({ code }) => code);
    if (!stops.length) return;
    const { codeDim, imageShape } = this.model;
    const codes = new Float32Array(stops.length * codeDim);
    stops.forEach(({ code }, i) => codes.set(code, i * codeDim));
    this.channel.ask(Operation.DECODE, LANES.stops, stops.length, codes, ({ body }) => {
      const size = body.length / stops.length;
      stops.forEach(({ canvas }, i) => paint(canvas, body.subarray(i * size, (i + 1) * size), imageShape));
      this.map?.setStops(this.stops.list.filter(({ code }) => code));
    });
  }

  #drawCorners() {
    if (this.view === "corners") this.corners.set(this.#codes()?.slice(0, 4) ?? null);
  }

  /** The shown paths or sheet for the export; null while incomplete. @returns {import("./export.js").Film | null} */
  #film(what, format, rate, captioned) {
    const name = `${this.model.id}-${what}-${this.stops.list.map(({ image, letter }) => image ?? letter).join("-")}`;
    const film = this.view === "corners" ? this.corners.film(what) : pathsFilm(this.#walk(), what, format, rate, captioned);
    return film && { name, ...film };
  }

  /** Why the chosen path or sheet cannot be exported yet; "" if it can. */
  #missing(what) {
    if (this.view === "paths") return missingOf(this.#walk(), what);
    return this.corners.complete ? "" : t("You can export the sheet when all four corners have a picture.");
  }

  #walk() {
    const { timeline, isEven, goesBack, steps } = this.playback;
    return { rows: this.rows, timeline, even: isEven, back: goesBack, steps };
  }

  /** @param {import("../core/channel.js").Status} status */
  #showStatus(status) {
    const { state, opened } = status;
    this.root.dataset.channel = state;
    if (opened) this.readout.opened(opened);
    this.connection.show(connectionText(status));
    if (state === "open") this.draws.prepare();
  }
}
