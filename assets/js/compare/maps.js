/**
 * The two linked maps: one method, one colouring, one hovered image.
 */

import { fetchBytes } from "../core/data.js";
import { element } from "../core/dom.js";
import { withAdvice } from "../core/failure.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { imageName } from "../core/labels.js";
import { formatCount, t } from "../core/language.js";
import { parsePoints } from "../core/points.js";
import { LinkedMap, NEIGHBOUR_COLORS, RAMP } from "./linkedmap.js";

const INTERVAL = 700; // ms between two requests for the status

export class Maps {
  #turn = 0; // of methods
  #hovered = -1;

  /**
   * @param {import("../core/messages.js").ComparePage} page
   * @param {import("../core/data.js").Data} data of the test images
   * @param {{onPick: (row: number) => void, onPoints: (a: import("../core/points.js").Points, b: import("../core/points.js").Points) => void, onMade: () => void}} on
   */
  constructor(page, data, { onPick, onPoints, onMade }) {
    this.data = data;
    this.model = page.a.model;
    this.maps = page.maps;
    this.onPoints = onPoints;
    this.onMade = onMade;
    const on = { onHover: (row) => this.hover(row), onPick };
    this.a = new LinkedMap("A", page.a.model, page.colors, on);
    this.b = new LinkedMap("B", page.b.model, page.colors, on);
    this.both = [this.a, this.b];
    this.method = choice(t("Map"), this.maps.map(({ a }, i) => [String(i), a.title]), () => this.#load());
    this.color = choice(t("Colour"), [["class", t("Class")]], () => this.#color());
    this.message = element("p.aside", { role: "status" });
    this.thumbnail = pictureCanvas(this.model.imageShape, t("the image under the cursor"));
    this.hint = element("figcaption.hover-words", { text: t("Hover a point to see it in both maps. Click it to use its image as the input.") });
    this.legend = element("div.swatches");
    this.node = element(
      "section.card.maps",
      {},
      element("header", {}, element("h2", { text: t("The same images in both maps") }), element("span.gap"), this.method.node, this.color.node),
      this.message,
      element("div.pair-of-maps", {}, this.a.node, element("figure.hover-tile", {}, this.thumbnail, this.hint), this.b.node),
      this.legend,
    );
    if (this.maps.length) this.#load();
    else this.#wait(page.making);
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.timer);
    for (const map of this.both) map.destroy();
  }

  /** Offer to colour the points by change. @param {import("./wire.js").Change} change */
  setChange(change) {
    this.change = change;
    this.color.select.append(element("option", { value: "change", text: t("Change of neighbours") }));
    this.#color();
  }

  /** Mark an image in both. @param {number} row -1: none */
  hover(row) {
    this.#hovered = row;
    for (const map of this.both) map.hover(row);
    if (row < 0) return;
    Promise.all([this.data.image(row), this.data.codes]).then(
      ([pixels, { labels }]) => {
        if (row !== this.#hovered) return;
        paint(this.thumbnail, pixels, this.model.imageShape);
        const share = this.change ? t("{share} % of its neighbours differ", { share: Math.round(100 * this.change.change[row]) }) : "";
        this.hint.replaceChildren(element("b", { text: imageName(this.model, row, labels[row]) }), ` ${share}`);
      },
      (error) => (this.hint.textContent = withAdvice(error, t("Try again."))),
    );
  }

  /** @param {number} row the input @param {{a: number[], b: number[]} | null} neighbours */
  choose(row, neighbours) {
    for (const map of this.both) map.choose(row, neighbours);
    this.neighbours = neighbours;
    this.#explain();
  }

  async #load() {
    const turn = ++this.#turn;
    const map = this.maps[Number(this.method.select.value)];
    this.node.dataset.method = "";
    try {
      const [a, b] = (await Promise.all([fetchBytes(map.a.url), fetchBytes(map.b.url)])).map(parsePoints);
      if (turn !== this.#turn || this.gone) return;
      this.a.setPoints(a);
      this.b.setPoints(b);
      this.#color();
      this.onPoints(a, b);
      this.message.textContent = "";
      this.node.dataset.method = map.method;
    } catch (error) {
      this.message.textContent = withAdvice(error, t("Reload the page."));
    }
  }

  /** Wait for the points of a model that had no map before. @param {string[]} urls of the status */
  async #wait(urls) {
    const answers = await Promise.all(urls.map(statusAt));
    if (this.gone) return;
    const failed = answers.find(({ alive, whole }) => !alive && !whole);
    if (failed) {
      this.message.textContent = failed.error
        ? t("No map of both models: {error}. Make one on the Map page.", { error: t(failed.error) })
        : t("No map of both models: it was stopped. Make one on the Map page.");
    } else if (answers.every(({ whole }) => whole)) {
      this.onMade();
    } else {
      const { done, total } = answers.find(({ whole }) => !whole);
      this.message.textContent = total
        ? t("Measuring the points of the maps: {done} of {total} images …", { done: formatCount(done), total: formatCount(total) })
        : t("Measuring the points of the maps …");
      this.timer = setTimeout(() => this.#wait(urls), INTERVAL);
    }
  }

  #color() {
    const change = this.color.select.value === "change" ? this.change.change : null;
    for (const map of this.both) if (map.points) map.colorBy(change);
    this.#explain();
  }

  #explain() {
    const swatch = (color, text, ring) => {
      const mark = element(ring ? "i.ring" : "i");
      mark.style[ring ? "borderColor" : "background"] = color;
      return element("span", {}, mark, text);
    };
    const change = this.color.select.value === "change";
    const classes = this.model.classes.map((name, i) => swatch(this.a.colors[i % this.a.colors.length], name));
    const steps = RAMP.map((color, i) => swatch(color, i === 0 ? t("same neighbours") : i === RAMP.length - 1 ? t("all neighbours differ") : ""));
    const rings = this.neighbours
      ? [swatch(NEIGHBOUR_COLORS.both, t("neighbour of the input in both"), true), swatch(NEIGHBOUR_COLORS.a, t("in A only"), true), swatch(NEIGHBOUR_COLORS.b, t("in B only"), true)]
      : [];
    this.legend.replaceChildren(...(change ? steps : classes), ...rings);
  }
}

/**
 * The progress of a map that is being made. Without an answer, the map counts as alive: the next request may succeed.
 *
 * @param {string} url
 * @returns {Promise<Partial<import("../core/messages.js").MapStatus>>}
 */
async function statusAt(url) {
  const answer = await fetch(url, { cache: "no-store" }).catch(() => null);
  if (!answer) return { alive: true };
  return answer.ok ? answer.json() : {};
}

function choice(label, options, onChange) {
  const select = element("select", { onchange: onChange, "aria-label": label }, ...options.map(([value, text]) => element("option", { value, text })));
  return { select, node: element("label.choice", {}, label, select) };
}
