/**
 * The Map page: the points, the picture under the cursor, and a marker for the current point.
 *
 *     hover → nearest point: its image and reconstruction     | empty place → INVERT → DECODE
 *     drag the marker, click → Point → DECODE, PLACE          ↘ on release → Python (URL, other pages)
 */

import { Broadcast } from "../core/broadcast.js";
import { Data, fetchBytes } from "../core/data.js";
import { DelayedSend } from "../core/delayed_send.js";
import { element } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { writeMap } from "../core/link.js";
import { Presentation } from "../core/presentation.js";
import { Readout } from "../core/readout.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { faultText } from "../core/failure.js";
import { t } from "../core/language.js";
import { StatusLine, connectionText } from "../core/status.js";
import { HoverCard } from "./card.js";
import { colorings } from "./colors.js";
import { Controls } from "./controls.js";
import { CurrentPoint, LANE } from "./current_point.js";
import { Hover } from "./hover.js";
import { MapInput } from "./input.js";
import { MapDrag } from "../core/map_drag.js";
import { Progress } from "./progress.js";
import { Nearest } from "../core/nearest.js";
import { Overlay } from "./overlay.js";
import { PictureMode } from "./picture_mode.js";
import { Plot } from "./plot.js";
import { loadPlotly } from "./plotly.js";
import { PointImages } from "./pointimages.js";
import { PosteriorEllipse } from "./posterior.js";
import { SPLITS, extent, indexOfTest, parseDensity, parsePoints, typicalIndex } from "../core/points.js";
import { SpaceInput } from "./space_input.js";
import { SpacePlot } from "./space_plot.js";
import { Sprites } from "./sprites.js";
import { announce } from "../core/shown.js";
import { axisTitles, captionOf, parseSearch } from "./texts.js";

const TURNED = 300; // ms without a change of the camera before Python gets it
const [NARROW, COMPACT] = [560, 660]; // pixels of the page

/** @returns {import("../core/key_help.js").Keys} */
const planeKeys = () => [
  [t("Hover"), t("decode")],
  [t("Click"), t("go there")],
  [t("Drag ◉"), t("move the point")],
  [t("Wheel"), t("zoom")],
  [t("Lasso, box"), t("select")],
  ...commonKeys(),
  [t("Arrow keys"), t("move the focused marker; with Shift in smaller steps")],
  ["P", t("present")],
];

/** @returns {import("../core/key_help.js").Keys} */
const spaceKeys = () => [
  [t("Drag"), t("rotate")],
  [t("Wheel"), t("zoom")],
  [t("Click"), t("go to an image")],
  [t("Arrow keys, + −"), t("rotate and zoom the focused map")],
  ...commonKeys(),
  ["P", t("present")],
];

/** @returns {import("../core/key_help.js").Keys} */
const commonKeys = () => [
  ["S", t("save as favourite")],
  ["Ctrl Z", t("undo")],
  ["Ctrl Shift Z", t("redo")],
];

export class MapView {
  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").MapPage} page
   * @param {(name: string, value: any) => void} send to Python: point, selection, made
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    const { model } = page;
    this.model = model;
    this.data = new Data(model);
    this.readout = new Readout(page.map.components === 3 ? spaceKeys() : planeKeys());
    this.status = new StatusLine();
    this.current = new CurrentPoint(page, this.readout, {
      send: (value) => this.send("point", value),
      onPlace: (place) => this.#placed(place),
      onImage: (image) => this.posterior?.show(image === null ? -1 : indexOfTest(this.points, image)),
    });
    this.point = this.current.point;
    this.card = new HoverCard(model.imageShape);
    this.plotNode = element("div.plot");
    this.stage = element("div.stage", {}, this.plotNode, this.card.node);
    this.caption = element("p.caption");
    this.side = element(
      "section.card.side",
      {},
      element("h2", { text: t("Current point") }),
      element("div.frame-of-picture", {}, this.current.picture),
      this.current.meter.node,
    );
    this.top = element("header.top", {}, element("h1", { text: t("Map") }));
    this.presentation = new Presentation(root, () => this.overlay?.marker ?? (this.space && this.plotNode));
    root.classList.add("map");
    root.append(
      this.top,
      this.side,
      element("section.card.map-card", {}, this.stage, this.status.node, this.caption),
      this.readout.node,
    );
    this.stopKeys = listenKeys(this.current.undo.keys, () => true);
    this.resizer = new ResizeObserver(() => {
      this.plot?.resize();
      this.overlay?.draw();
    });
    this.resizer.observe(this.stage);
    // By the width of the page, not of the window, which has the sidebar too.
    this.narrower = new ResizeObserver(([{ contentRect }]) => {
      root.classList.toggle("narrow", contentRect.width < NARROW);
      root.classList.toggle("compact", contentRect.width >= NARROW && contentRect.width < COMPACT);
    });
    this.narrower.observe(root);
    this.turning = new DelayedSend(TURNED, () => this.#sendCamera());
    this.#open();
  }

  destroy() {
    this.gone = true;
    this.turning.cancel();
    this.progress?.stop();
    this.stopKeys();
    this.readout.destroy();
    this.current.destroy();
    this.broadcast?.release(this.point);
    this.leaveTray?.();
    this.presentation.destroy();
    this.input?.destroy();
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
      this.status.show(map.ready ? t("Fetching the points …") : "");
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
      this.status.show("");
    } catch (error) {
      if (this.gone) return;
      this.status.show(error.message);
      if (this.progress) this.send("ended", map.key); // Python offers to make the map again
    }
  }

  async #build(Plotly) {
    const { points, model, page } = this;
    writeMap(page.map.settings, page.camera);
    this.images = new PointImages(model, points, this.data, page.map.imagesUrl);
    const flat = points.components === 2;
    if (flat) this.#layPlane(Plotly);
    else this.#laySpace(Plotly);
    this.controls = new Controls(colorings(points, model.classes, page.map.attributes, fetchBytes), points.count, flat, {
      onLook: () => this.#draw().catch((error) => this.status.show(error.message)),
      onShapes: (on) => this.send("shapes", on),
      onPictures: (on) => this.pictures.show(on).catch((error) => this.status.show(error.message)),
      onPresent: () => this.presentation.show(),
      onSearch: (text) => this.#search(text),
      onExport: (format) => this.plot.download(format, `${model.id}-${page.map.method}`),
    });
    if (flat) {
      const { overlay, sprites, status } = this;
      this.pictures = new PictureMode({ overlay, sprites, points, status, draw: () => this.#draw(), isGone: () => this.gone }, this.controls.look);
    }
    this.controls.node.insertBefore(this.current.undo.node, this.controls.node.querySelector(".gap"));
    this.top.append(this.controls.node);
    if (this.controls.look.shapes) this.send("shapes", true); // kept from an earlier visit; exports need it
    await this.#draw();
    if (this.gone) return; // left meanwhile
    this.stage.dataset.painted = String(Math.round(performance.now())); // since the page was asked for
    this.overlay?.setPoints(points, this.nearest);
    this.caption.textContent = captionOf(points, page.map.explained);
    this.channel = new LiveChannel(
      channelUrl(`${page.base}/live`),
      page.map.channel,
      (status) => this.#showStatus(status),
      (error) => this.status.show(faultText(error)),
    );
    const { nearest = null, plane = null, overlay = null, card, stage, images, point, readout, channel } = this;
    const hover = new Hover({ model, points, nearest, plot: plane, overlay, card, stage, images, point, readout, channel });
    if (this.space) {
      this.input = this.spaceInput = new SpaceInput({ plotNode: this.plotNode, plot: this.space, hover, stage }, (index) => this.#goTo(index));
    } else {
      this.drag = new MapDrag(this.point, this.channel, model.codeDim, LANE);
      this.posterior = new PosteriorEllipse({ model, points, images, overlay, channel });
      this.input = new MapInput(
        { plotNode: this.plotNode, plot: plane, overlay, card, hover, drag: this.drag },
        { goTo: (index) => this.#goTo(index), dragTo: (place, since) => this.#dragTo(place, since) },
      );
    }
    this.current.listen(channel);
    if (!page.point) this.#goTo(typicalIndex(points));
    else this.current.show();
    this.built = this.current.shown = true;
    this.broadcast = Broadcast.of(page.base);
    this.broadcast.follow({ model: model.id, latentDim: model.latentDim, point: this.point, say: (text) => this.status.showBriefly(text), onMove: () => this.current.leaveImage() });
    this.leaveTray = announce({
      model: model.id,
      read: () => this.current.visited(),
      goTo: (visited) => this.current.restore(visited),
      moveTo: (z) => this.current.pass(z),
      turnTo: (camera) => this.space?.turnTo(camera),
      say: (text) => this.status.showBriefly(text),
      isBusy: () => Boolean(this.root.querySelector(":popover-open")),
    });
  }

  /** The parts of a map of two dimensions. */
  #layPlane(Plotly) {
    const { points, page } = this;
    this.nearest = new Nearest(points.places, extent(points.places));
    this.plane = this.plot = new Plot(Plotly, this.plotNode, page.palette, {
      onSelect: (indices) => this.#selected(indices),
      onView: () => this.overlay.draw(),
    });
    this.sprites = new Sprites(
      (split, sheet) => `${page.map.sheetsUrl.replace("SPLIT", SPLITS[split])}&number=${sheet}`,
      this.model.imageShape,
      () => this.pictures?.sheetCame(),
    );
    this.overlay = new Overlay(this.plane, this.sprites);
    this.stage.insertBefore(this.overlay.canvas, this.card.node);
    this.stage.insertBefore(this.overlay.marks, this.card.node);
  }

  /** The parts of a map of three dimensions. */
  #laySpace(Plotly) {
    const { camera, palette } = this.page;
    this.camera = camera;
    this.space = this.plot = new SpacePlot(Plotly, this.plotNode, palette, camera, {
      onHover: (index) => this.spaceInput?.over(index),
      onLeave: () => this.spaceInput?.leave(),
      onCamera: (camera) => this.#turned(camera),
    });
  }

  /** The map in 3-D was rotated, zoomed or moved. @param {number[]} camera */
  #turned(camera) {
    if (String(camera) === String(this.camera)) return; // Plotly reports other changes too
    this.camera = camera;
    this.turning.schedule();
  }

  #sendCamera() {
    const { settings } = this.page.map;
    writeMap(settings, this.camera);
    this.send("camera", { map: settings, camera: this.camera });
  }

  /** Send pending states. */
  leave() {
    this.turning.flush();
  }

  async #draw() {
    const { look, coloring } = this.controls;
    if (coloring.load) {
      await coloring.load();
      if (this.gone || coloring !== this.controls.coloring) return; // another one was chosen meanwhile
    }
    if (look.density && !this.density) {
      this.density = parseDensity(await fetchBytes(this.page.map.densityUrl));
      if (this.gone) return;
    }
    const density = look.density ? this.density : null;
    await this.plot.draw(this.points, coloring, { ...look, density, axes: axisTitles(this.points, this.page.map.names), ticks: this.page.map.linear });
    this.overlay?.draw();
  }

  /** Make the code of an image the current point. @param {number} index */
  #goTo(index) {
    const { points } = this;
    this.current.goTo(this.images.codeOf(index), points.splits[index] === 0 ? points.rows[index] : null);
    this.posterior?.show(index);
  }

  /** Make the code of a place the current point. */
  #dragTo(place, since) {
    this.current.leaveImage();
    this.drag.goTo(place, since);
  }

  /** @param {Float32Array} place of the current point */
  #placed(place) {
    if (this.gone) return;
    if (this.space) this.space.setPlace([...place]);
    else this.overlay.setPlace([place[0], place[1]]);
  }

  #selected(indices) {
    const { points } = this;
    this.stage.dataset.selected = indices ? String(indices.length) : "";
    this.send("selection", indices && { map: this.page.map.key, count: points.count, rows: indices });
  }

  #search(text) {
    const found = parseSearch(text, this.model.classes);
    if ("error" in found) return this.status.show(found.error);
    if ("row" in found) {
      const index = indexOfTest(this.points, found.row);
      return index < 0 ? this.status.show(t("This map has no test image #{row}.", { row: found.row })) : this.#show(index);
    }
    this.status.show("");
    this.controls.color("class");
    return this.#draw().then(() => this.plot.only(found.label));
  }

  #show(index) {
    this.status.show("");
    this.#goTo(index);
    return this.plane?.lookAt(this.points.places[2 * index], this.points.places[2 * index + 1]);
  }

  /** @param {import("../core/channel.js").Status} status */
  #showStatus(status) {
    this.root.dataset.channel = status.state;
    if (status.opened) this.readout.opened(status.opened);
    this.status.show(connectionText(status));
  }
}
