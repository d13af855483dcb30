/**
 * The Compare page: two models side by side, on the same images.
 *
 *     image → ENCODE of both → anchor: their codes of the image
 *     input → Point of A → DimensionMap → Point of B; each asks its own channel for its picture
 */

import { Data, fetchBytes } from "../core/data.js";
import { element, isRange, originOf } from "../core/dom.js";
import { withAdvice } from "../core/failure.js";
import { listenKeys } from "../core/keyboard.js";
import { writeLink } from "../core/link.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Readout } from "../core/readout.js";
import { imageName } from "../core/labels.js";
import { t } from "../core/language.js";
import { Operation } from "../core/protocol.js";
import { imageButtons } from "../core/layout.js";
import { ChangedNeighbours } from "./changed_neighbours.js";
import { ClassCard } from "./classcard.js";
import { figuresCard } from "./figures.js";
import { DimensionMap } from "./dimension_map.js";
import { Maps } from "./maps.js";
import { Partners } from "./partners.js";
import { Profiles } from "./profiles.js";
import { Side } from "./side.js";
import { parseChange, parseMatching } from "./wire.js";

/** @returns {import("../core/key_help.js").Keys} */
const keys = () => [
  ["← →", t("change value")],
  ["↑ ↓", t("dimension")],
  ["T", t("test image")],
  ["B", t("back to the image")],
];

export class CompareView {
  #turn = 0; // number of the latest input; results for earlier ones are dropped
  /** @type {number | null} index of the input image */
  #image = null;

  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").ComparePage} page
   * @param {(name: "point" | "made", value: any) => void} send sends state to Python
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    this.model = page.a.model;
    this.data = new Data(this.model);
    this.readout = new Readout(keys());
    /** @param {Side} side @param {import("../core/channel.js").Status} status */
    const status = (side, status) => this.#showStatus(side, status);
    this.a = new Side("A", page.a.model, page.base, status, (since, reply) => this.readout.drew(since, reply));
    this.b = new Side("B", page.b.model, page.base, status, () => {});
    this.sides = [this.a, this.b];
    this.dimensionMap = new DimensionMap(page.b.model.latentDim, null);
    this.dimensionMap.anchor(this.a.point.z, this.b.point.z);
    this.#build();
    this.a.point.addEventListener("move", ({ change }) => this.#movedA(change));
    this.b.point.addEventListener("move", ({ change }) => this.#movedB(change));
    this.#attempt(() => this.#begin(page.point));
    if (page.same) {
      this.#attempt(() => this.#match());
      this.#attempt(() => this.#measureChange());
    } else {
      const data = { a: page.a.model.dataTitle, b: page.b.model.dataTitle };
      this.partners.refuse(t("A was trained on {a}, B on {b}. Both get the same pictures. Matched dimensions and linked maps need the same data set.", data));
    }
  }

  destroy() {
    this.gone = true;
    this.stopKeys();
    this.readout.destroy();
    this.maps?.destroy();
    this.resizer.disconnect();
    for (const side of this.sides) side.close();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  /**
   * Use a test image as the input of both.
   *
   * @param {number} index
   * @param {ArrayLike<number> | null} [z] the code of A; null for the image's code
   */
  async startFrom(index, z = null) {
    const turn = ++this.#turn;
    const [pixels, { labels }] = await Promise.all([this.data.image(index), this.data.codes]);
    if (turn !== this.#turn || this.gone) return;
    const name = imageName(this.model, index, labels[index]);
    const codes = new Map();
    for (const side of this.sides) {
      side.encode(pixels, this.page.same || side === this.a ? labels[index] : Infinity, ({ mean, sigma }) => {
        if (turn !== this.#turn) return;
        codes.set(side, { image: index, pixels, label: labels[index], mean, sigma });
        if (codes.size === 2) this.#show(index, name, pixels, codes, z);
      });
    }
  }

  /** Move both models to their codes of the input image. */
  back() {
    const { source } = this.a.point;
    if (!source) return;
    this.dimensionMap.anchor(source.mean, this.b.point.source.mean);
    this.a.point.move(source.mean);
    this.a.point.rest();
  }

  /**
   * Show an input once both codes have arrived, so that both models show the same input.
   *
   * @param {number} index
   * @param {string} name
   * @param {Uint8Array} pixels
   * @param {Map<Side, import("../core/point.js").Source>} codes
   * @param {ArrayLike<number> | null} z
   */
  #show(index, name, pixels, codes, z) {
    this.#image = index;
    paint(this.input, pixels, this.model.imageShape);
    this.inputCaption.textContent = t("test {name}", { name });
    for (const side of this.sides) {
      side.setInput(pixels);
      side.point.setSource(codes.get(side));
    }
    this.dimensionMap.anchor(codes.get(this.a).mean, codes.get(this.b).mean);
    this.a.point.move(z ?? codes.get(this.a).mean);
    if (!z) this.a.point.rest();
    this.root.dataset.image = String(index);
    this.maps?.choose(index, null);
    if (this.changed) this.#attempt(() => this.changed.showNeighbours(index));
  }

  #build() {
    const { root, page, model } = this;
    this.input = pictureCanvas(model.imageShape, t("the input of both models"));
    this.inputCaption = element("figcaption", { text: t("input") });
    const take = (row) => this.#attempt(() => this.startFrom(row));
    this.status = element("div.status", { role: "status", hidden: true });
    const shared = element(
      "section.shared",
      {},
      element("h2", { text: t("Input") }),
      element("figure.seen-tile", {}, this.input, this.inputCaption),
    );
    const buttons = element("div.toolbar", { role: "toolbar", "aria-label": t("Input") }, ...imageButtons(model, this.data, () => this.#attempt(() => this.randomImage()), take));
    this.partners = new Partners(this.a, this.b, page.a.dimensions, page.b.dimensions, {
      onWay: (way) => this.#follow(way),
      onAttend: (index) => this.profiles.attend(index, this.dimensionMap.matching),
      onBack: () => this.back(),
    });
    this.profiles = new Profiles(page.a, page.b);
    this.classCard = new ClassCard(this.a, this.b, this.data, take);
    if (page.same) {
      const hover = (row) => this.maps.hover(row);
      this.maps = new Maps(page, this.data, {
        onPick: take,
        onPoints: (a, b) => this.classCard.setPoints(a, b),
        onMade: () => this.send("made", true),
      });
      this.changed = new ChangedNeighbours(page, this.data, { onPick: take, onHover: hover, onNeighbours: (row, found) => row === this.#image && this.maps.choose(row, found) });
    }
    root.classList.add("compare", "reconstruct");
    const figures = figuresCard(page.figures, page.a.model.title, page.b.model.title);
    const hands = element("div.hands", {}, element("div.card.pictures", {}, shared, this.a.node, this.b.node, buttons), this.partners.node);
    /** @type {[string, HTMLElement][]} */
    const sections = [
      [t("Pictures and sliders"), hands],
      ...(page.same ? /** @type {[string, HTMLElement][]} */ ([[t("Maps"), this.maps.node], [t("Neighbours"), this.changed.node]]) : []), // prettier-ignore
      [t("Classes"), this.classCard.node],
      ["KL", this.profiles.node],
      [t("Figures"), figures],
    ];
    const goTo = (node) => node.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    root.replaceChildren(
      this.status,
      element("nav.sections", { "aria-label": t("Sections") }, ...sections.map(([name, node]) => element("button", { type: "button", text: name, onclick: () => goTo(node) }))),
      hands,
      ...(page.same ? [this.maps.node, this.changed.node] : []),
      this.classCard.node,
      this.profiles.node,
      figures,
      this.readout.node,
    );
    this.stopKeys = listenKeys(
      {
        t: () => this.#attempt(() => this.randomImage()),
        b: () => this.back(),
        ArrowUp: () => this.partners.sliders.walk(-1),
        ArrowDown: () => this.partners.sliders.walk(1),
      },
      (event) => !root.querySelector(":popover-open") && (!event.key.startsWith("Arrow") || isRange(originOf(event))),
    );
    this.resizer = new ResizeObserver(([{ contentRect: { width } }]) => root.classList.toggle("narrow", width < 760));
    this.resizer.observe(root);
  }

  async #begin(point) {
    writeWith(this.page.b.model.id);
    if (!point) return this.randomImage();
    if (point.image !== null) return this.startFrom(point.image, point.z);
    // A code without an image: the nearest image is the input.
    this.a.channel.ask(Operation.MEASURE, 0, 1, Float32Array.from(point.z), ({ body: [, , nearest] }) => this.#attempt(() => this.startFrom(nearest, point.z)));
    return undefined;
  }

  async randomImage() {
    const { rows } = await this.data.codes;
    return this.startFrom(Math.floor(Math.random() * rows));
  }

  async #match() {
    const matching = parseMatching(await fetchBytes(this.page.matchingUrl));
    if (this.gone) return;
    this.dimensionMap.matching = matching;
    this.partners.setMatching(matching);
    this.profiles.setMatching(matching);
    this.#moveB({});
    this.root.dataset.matched = String(matching.pairs.length);
  }

  async #measureChange() {
    let change;
    try {
      change = parseChange(await fetchBytes(this.page.changeUrl));
    } catch (error) {
      return this.changed.refuse(error.message); // for example a collapsed model; the rest of the page works
    }
    if (this.gone) return undefined;
    this.maps.setChange(change);
    this.changed.setChange(change);
    return undefined;
  }

  #follow(way) {
    // From the current codes, not from the old anchor: B must not jump when the choice changes.
    this.dimensionMap.anchor(this.a.point.z, this.b.point.z);
    this.dimensionMap.way = way;
  }

  /** @param {import("../core/point.js").Change} change */
  #movedA(change) {
    if (!change.rest) return this.#moveB(change);
    const { z } = this.a.point;
    writeLink(this.model.id, z, this.#image);
    writeWith(this.page.b.model.id);
    this.send("point", { model: this.model.id, z: Array.from(z, (value) => Number(value.toFixed(4))), image: this.#image });
    return undefined;
  }

  /** @param {import("../core/point.js").Change} change */
  #moveB({ since }) {
    this.b.point.move(this.dimensionMap.follow(this.a.point.z), { since, by: this.dimensionMap });
  }

  /** B's own sliders were used: B follows from there. @param {import("../core/point.js").Change} change */
  #movedB({ by, rest }) {
    if (!rest && by !== this.dimensionMap) this.dimensionMap.anchor(this.a.point.z, this.b.point.z);
  }

  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.#showText(withAdvice(error, t("Try again.")));
    }
  }

  /** @param {Side} side @param {import("../core/channel.js").Status} status */
  #showStatus(side, { state, message, opened }) {
    const before = side.node.dataset.channel;
    side.node.dataset.channel = state;
    if (opened && opened.latent_dim !== side.model.codeDim) {
      side.close();
      side.showText(t("This model was replaced. Reload the page."));
      return;
    }
    const lost = t("Connection lost. Reconnecting …");
    side.showText({ opening: before === "lost" ? lost : t("Loading the model …"), open: "", lost, refused: message }[state]);
  }

  #showText(text) {
    this.status.textContent = text;
    this.status.hidden = !text;
    clearTimeout(this.quiet);
    if (text) this.quiet = setTimeout(() => this.#showText(""), 8000);
  }
}

/** Write the other model to the address bar, as `link.js` does with the rest. @param {string} id */
function writeWith(id) {
  const query = new URLSearchParams(location.search);
  query.set("with", id);
  history.replaceState(history.state, "", `?${query.toString().replaceAll("%2C", ",")}${location.hash}`);
}
