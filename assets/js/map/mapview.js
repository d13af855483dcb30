/**
 * The Map page: the points, the picture under the cursor, and a marker for the current point.
 *
 *     hover → nearest point: its image and reconstruction     | empty place → INVERT → DECODE
 *     drag the marker, click → Point → DECODE, PLACE          ↘ on release → Python (URL, other pages)
 */

import { Data, fetchBytes } from "../core/data.js";
import { element } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { writeLink, writeMap } from "../core/link.js";
import { Meter } from "../core/meter.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Point } from "../core/point.js";
import { Presentation } from "../core/presentation.js";
import { Readout } from "../core/readout.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { Operation } from "../core/protocol.js";
import { HoverCard } from "./card.js";
import { colorings } from "./colors.js";
import { Controls } from "./controls.js";
import { Hover } from "./hover.js";
import { MapDrag } from "../core/map_drag.js";
import { Progress } from "./progress.js";
import { Nearest } from "../core/nearest.js";
import { Overlay } from "./overlay.js";
import { Plot, loadPlotly } from "./plot.js";
import { PointImages } from "./pointimages.js";
import { SPLITS, ellipseOf, extent, indexOfTest, parseDensity, parsePoints } from "../core/points.js";
import { Sprites } from "./sprites.js";

const HAND_LANE = 0;

/**
 * What Python sends about the map beside `MapData`: `live_map` of `zscope/ui/components.py`.
 *
 * @typedef {object} Making
 * @property {string} key
 * @property {boolean} linear
 * @property {[string, string]} names of the axes
 * @property {string} explained
 * @property {boolean} ready
 * @property {number} turn
 * @property {string} statusUrl @property {string} frameUrl
 * @property {string} sheetsUrl @property {string} imagesUrl with SPLIT in the place of the split's name
 */

/**
 * @typedef {object} PageOnly
 * @property {import("../core/model.js").Model} model
 * @property {string[]} palette of the classes
 * @property {string} plotlyUrl
 * @property {import("../core/model.js").PointData | null} point
 * @property {import("../core/model.js").MapData & Making} map
 *
 * @typedef {import("../core/model.js").PageData & PageOnly} MapPage
 */

export class MapView {
  /**
   * @param {HTMLElement} root
   * @param {MapPage} page
   * @param {(name: string, value: any) => void} send to Python: point, selection, made
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    const { model } = page;
    this.model = model;
    this.data = new Data(model);
    this.point = new Point(page.point?.z ?? new Float32Array(model.codeDim));
    this.image = page.point?.image ?? null;
    this.meter = new Meter(this.model.images);
    this.readout = new Readout();
    this.readout.node.querySelector(".hint").textContent =
      "Hover: decode · Click: go there · Drag ◉: move · Wheel: zoom · Lasso and box: select · P: present";
    this.status = element("div.status", { role: "status" });
    this.picture = pictureCanvas(model.imageShape, "the decoded picture of the current point", "picture main");
    this.card = new HoverCard(model.imageShape);
    this.plotNode = element("div.plot");
    this.stage = element("div.stage", {}, this.plotNode, this.card.node);
    this.caption = element("p.caption");
    this.side = element(
      "section.card.side",
      {},
      element("h2", { text: "Current point" }),
      element("div.frame-of-picture", {}, this.picture),
      this.meter.node,
    );
    this.presentation = new Presentation(root, () => this.overlay?.marker ?? this.presentation.button);
    root.classList.add("map");
    root.append(
      this.side,
      element("section.card.map-card", {}, this.stage, this.status, this.caption),
      this.readout.node,
      this.presentation.button,
    );
    this.stopKeys = listenKeys(
      { p: () => this.presentation.show(), Escape: () => this.presentation.show(false) },
      ({ key }) => key !== "Escape" || this.presentation.on,
    );
    this.resizer = new ResizeObserver(() => {
      this.plot?.resize();
      this.overlay?.draw();
    });
    this.resizer.observe(this.stage);
    // By the width of the page, not of the window, which has the sidebar too.
    this.narrower = new ResizeObserver(([{ contentRect }]) => root.classList.toggle("narrow", contentRect.width < 760));
    this.narrower.observe(root);
    this.#open();
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.restTimer);
    this.progress?.stop();
    this.stopKeys();
    this.presentation.destroy();
    window.removeEventListener("mouseup", this.release, true);
    window.removeEventListener("mousemove", this.strayed, true);
    this.resizer.disconnect();
    this.narrower.disconnect();
    this.channel?.close();
    this.overlay?.destroy();
    this.plot?.destroy();
    this.sprites?.close();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  async #open() {
    const { map } = this.page;
    try {
      this.#say(map.ready ? "Fetching the points …" : "");
      const library = loadPlotly(this.page.plotlyUrl); // while the points come
      if (!map.ready) {
        this.progress = new Progress(this.stage, map, this.model, this.page.palette, this.data, this.send);
        await this.progress.finished;
        this.send("made", map.key); // Python shows what it knows about the map
      }
      if (this.gone) return;
      const [Plotly, points] = await Promise.all([library, fetchBytes(map.url).then(parsePoints)]);
      if (this.gone) return;
      this.points = points;
      await this.#build(Plotly);
      this.#say("");
    } catch (error) {
      if (this.gone) return;
      this.#say(error.message);
      if (this.progress) this.send("ended", map.key); // Python offers to make the map again
    }
  }

  async #build(Plotly) {
    const { points, model, page } = this;
    writeMap(page.map.settings);
    this.images = new PointImages(model, points, this.data, page.map.imagesUrl);
    this.nearest = new Nearest(points.places, extent(points.places));
    this.plot = new Plot(Plotly, this.plotNode, page.palette, {
      onSelect: (indices) => this.#selected(indices),
      onView: () => this.overlay.draw(),
    });
    this.sprites = new Sprites(
      (split, sheet) => `${page.map.sheetsUrl.replace("SPLIT", SPLITS[split])}&number=${sheet}`,
      model.imageShape,
      () => this.#sheetCame(),
    );
    this.overlay = new Overlay(this.plot, this.sprites);
    this.stage.insertBefore(this.overlay.canvas, this.card.node);
    this.stage.insertBefore(this.overlay.marks, this.card.node);
    this.controls = new Controls(colorings(points, model.classes), points.count, {
      onLook: () => this.#draw().catch((error) => this.#say(error.message)),
      onPictures: (on) => this.#showPictures(on).catch((error) => this.#say(error.message)),
      onPresent: () => this.presentation.show(),
      onSearch: (text) => this.#search(text),
      onExport: (format) => this.plot.download(format, `${model.id}-${page.map.method}`),
    });
    this.stage.before(this.controls.node);
    await this.#draw();
    if (this.gone) return; // left meanwhile
    this.stage.dataset.painted = String(Math.round(performance.now())); // since the page was asked for
    this.overlay.setPoints(points, this.nearest);
    this.caption.textContent = this.#captionText();
    this.#listen();
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      page.map.channel,
      (status) => this.#showStatus(status),
      (error) => this.#say(`${error.message} ${error.mend}`),
    );
    this.drag = new MapDrag(this.point, this.channel, model.codeDim, HAND_LANE);
    const { nearest, plot, overlay, card, stage, images, point, readout, channel } = this;
    this.hover = new Hover({ model, points, nearest, plot, overlay, card, stage, images, point, readout, channel });
    this.point.addEventListener("move", (event) => this.#moved(event.change));
    if (!page.point) this.#goTo(this.#typical());
    else {
      this.#moved({});
      this.#showPosterior(this.image === null ? -1 : indexOfTest(this.points, this.image));
    }
  }

  async #draw() {
    const { look, coloring } = this.controls;
    if (look.density && !this.density) {
      this.density = parseDensity(await fetchBytes(this.page.map.densityUrl));
      if (this.gone) return;
    }
    const density = look.density ? this.density : null;
    await this.plot.draw(this.points, coloring, { ...look, density, axes: this.#axes(), ticks: this.page.map.linear });
    this.overlay.draw();
  }

  /** Switch between pictures and dots. The old ones stay until the new ones are drawn. */
  async #showPictures(on) {
    this.pictures = on;
    if (on) {
      this.overlay.pictures = true;
      this.overlay.draw();
    }
    const waiting = on && !this.sprites.has(this.points);
    this.#say(waiting ? "Fetching the pictures …" : "");
    if (waiting) return;
    this.controls.look.dots = !on;
    await this.#draw();
    if (this.gone || this.pictures !== on) return; // switched again meanwhile
    this.overlay.pictures = on;
    this.overlay.draw();
  }

  #sheetCame() {
    this.overlay.draw();
    if (!this.pictures || !this.controls.look.dots || !this.sprites.has(this.points)) return;
    this.#showPictures(true).catch((error) => this.#say(error.message));
  }

  /** Titles of the axes. @returns {[string, string]} */
  #axes() {
    const { names } = this.page.map;
    if (!this.points.shares) return names;
    const [x, y] = names.map((name, i) => `${name} (${(100 * this.points.shares[i]).toFixed(1)} % of the variance)`);
    return [x, y];
  }

  #captionText() {
    const { count, total } = this.points;
    const shown = count < total ? `Showing ${count.toLocaleString("en")} of ${total.toLocaleString("en")} images, each class by its share` : `All ${count.toLocaleString("en")} images`;
    return `${shown}. ${this.page.map.explained}`;
  }

  #listen() {
    const { plotNode, overlay } = this;
    plotNode.addEventListener("pointermove", (event) => this.#hovered(event));
    window.addEventListener("mousemove", (this.strayed = (event) => this.#stray(event)), true);
    plotNode.addEventListener("pointerleave", () => this.hover?.leave());
    // Plotly uses the press for dragging: a click is a press and a release without movement.
    plotNode.addEventListener("mousedown", (event) => (this.pressed = isControl(event) ? null : [event.clientX, event.clientY]), true);
    window.addEventListener("mouseup", (this.release = (event) => this.#released(event)), true);
    const { marker } = overlay;
    marker.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      marker.setPointerCapture(event.pointerId);
      this.card.hide();
      event.stopPropagation();
    });
    marker.addEventListener("pointermove", (event) => {
      if (!marker.hasPointerCapture(event.pointerId)) return;
      const place = this.#placeOf(event);
      if (place) this.#dragTo(place, event.timeStamp);
    });
    marker.addEventListener("pointerup", () => this.drag.letGo());
    marker.addEventListener("keydown", (event) => this.#nudge(event));
  }

  /** The place under the cursor; null beside the axes. @param {MouseEvent} event @returns {[number, number] | null} */
  #placeOf(event) {
    const box = this.plotNode.getBoundingClientRect();
    return this.plot.toPlace(event.clientX - box.left, event.clientY - box.top);
  }

  #hovered(event) {
    const place = event.buttons || isControl(event) ? null : this.#placeOf(event);
    if (place) this.hover?.over(place, event);
    else this.hover?.leave();
  }

  /** A lasso ends where it began, but is not a click. */
  #stray({ clientX, clientY }) {
    if (this.pressed && Math.hypot(clientX - this.pressed[0], clientY - this.pressed[1]) > 4) this.pressed = null;
  }

  #released(event) {
    const pressed = this.pressed;
    this.pressed = null;
    if (!pressed || event.button !== 0) return;
    const place = this.#placeOf(event);
    if (!place || !this.hover) return;
    const index = this.hover.pointAt(place);
    if (index >= 0) this.#goTo(index);
    else {
      this.#dragTo(place, event.timeStamp);
      this.drag.letGo();
    }
  }

  /** Make the code of an image the current point. @param {number} index */
  #goTo(index) {
    const { points } = this;
    this.image = points.splits[index] === 0 ? points.rows[index] : null;
    this.point.move(this.images.codeOf(index));
    this.point.rest();
    this.#showPosterior(index);
  }

  /** One σ of an image's posterior, true to scale: on a linear map, where it is an ellipse. @param {number} index or -1 */
  async #showPosterior(index) {
    const { points, model } = this;
    this.source = index;
    this.overlay.setEllipse(null);
    if (index < 0 || !points.axes || !model.prior) return;
    let pixels;
    try {
      pixels = await this.images.imageOf(index);
    } catch {
      return; // the map works without it
    }
    this.channel.ask(Operation.ENCODE, HAND_LANE, 1, pixels, ({ body }) => {
      if (this.source !== index) return;
      const sigma = body.slice(model.codeDim, model.codeDim + model.latentDim).map((logVar) => Math.exp(logVar / 2));
      this.overlay.setEllipse({ place: [points.places[2 * index], points.places[2 * index + 1]], shape: ellipseOf(points.axes, sigma) });
    });
  }

  /** Make the code of a place the current point. */
  #dragTo(place, since) {
    if (this.image !== null) this.#showPosterior(-1);
    this.image = null;
    this.drag.goTo(place, since);
  }

  #nudge(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || !this.overlay.place) return;
    event.preventDefault();
    const { unit } = this.plot.view();
    const size = unit * (event.shiftKey ? 1 : 8);
    this.#dragTo([this.overlay.place[0] + step[0] * size, this.overlay.place[1] + step[1] * size], event.timeStamp);
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.drag.letGo(), 400);
  }

  /** @param {import("../core/point.js").Change} change */
  #moved({ since, rest }) {
    if (rest) {
      writeLink(this.model.id, this.point.z, this.image);
      this.send("point", { model: this.model.id, z: Array.from(this.point.z, (value) => Number(value.toFixed(4))), image: this.image });
      return;
    }
    const z = Float32Array.from(this.point.z);
    this.channel.ask(Operation.DECODE, HAND_LANE, 1, z, (reply) => {
      paint(this.picture, reply.body, this.model.imageShape);
      this.readout.drew(since, reply);
    });
    this.channel.ask(Operation.PLACE, HAND_LANE, 1, z, ({ body: [x, y] }) => this.overlay.setPlace([x, y]));
    this.channel.ask(Operation.MEASURE, HAND_LANE, 1, z, ({ body: [percentile, distance] }) => this.meter.show(percentile, distance));
  }

  #selected(indices) {
    const { points } = this;
    this.stage.dataset.selected = indices ? String(indices.length) : "";
    this.send("selection", indices && { map: this.page.map.key, count: points.count, rows: indices });
  }

  #search(text) {
    const { model } = this;
    const label = model.classes.findIndex((name) => name.toLowerCase() === text.trim().toLowerCase());
    const number = /^#?(\d+)$/.exec(text.trim());
    if (number && label < 0) {
      const row = Number(number[1]);
      const index = indexOfTest(this.points, row);
      return index < 0 ? this.#say(`This map has no test image #${row}.`) : this.#show(index);
    }
    if (label < 0) return this.#say(text.trim() ? `Neither a number of a test image nor a class: ${text.trim().slice(0, 40)}. Search for #12 or a class.` : "");
    this.#say("");
    this.controls.color("class");
    return this.#draw().then(() => this.plot.only(label));
  }

  #show(index) {
    this.#say("");
    this.#goTo(index);
    return this.plot.lookAt(this.points.places[2 * index], this.points.places[2 * index + 1]);
  }

  /** The image closest to its neighbours: the first current point. */
  #typical() {
    let best = 0;
    for (let i = 0; i < this.points.count; i++) if (this.points.distance[i] < this.points.distance[best]) best = i;
    return best;
  }

  /** @param {import("../core/channel.js").Status} status */
  #showStatus({ state, message }) {
    this.root.dataset.channel = state;
    this.#say({ opening: "Loading the model …", open: "", lost: "Connection lost. Reconnecting …", refused: message }[state]);
  }

  #say(text) {
    this.status.textContent = text ?? "";
    this.status.hidden = !text;
  }
}

/** Whether the pointer is over Plotly's buttons or legend, which lie over the map. */
function isControl({ target }) {
  return Boolean(target.closest?.(".modebar, .legend"));
}
