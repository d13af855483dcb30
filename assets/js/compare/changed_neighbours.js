/**
 * The images whose neighbourhood differs most between the models, and the neighbours of the input in each model.
 */

import { fetchBytes } from "../core/data.js";
import { element } from "../core/dom.js";
import { imageName } from "../core/labels.js";
import { t } from "../core/language.js";
import { Strip } from "../core/strips.js";

const SHOWN = 15; // as many as neighbours, so that the strips' columns agree

export class ChangedNeighbours {
  #from = 0;
  #class = -1;
  #turn = 0; // of pages
  #asked = 0; // of neighbours

  /**
   * @param {import("../core/messages.js").ComparePage} page
   * @param {import("../core/data.js").Data} data
   * @param {{onPick: (row: number) => void, onHover: (row: number) => void, onNeighbours: (row: number, neighbours: {a: number[], b: number[]}) => void}} on
   */
  constructor(page, data, { onPick, onHover, onNeighbours }) {
    const { model } = page.a;
    this.model = model;
    this.data = data;
    this.onNeighbours = onNeighbours;
    this.neighboursUrl = page.neighboursUrl;
    const strip = (title, explained) => {
      const made = new Strip(title, explained, model.imageShape, SHOWN, (i) => onPick(made.rows[i]));
      made.node.classList.remove("card");
      made.buttons.forEach((button, i) => {
        button.addEventListener("pointerenter", () => onHover(made.rows[i]));
        button.addEventListener("focus", () => onHover(made.rows[i]));
        button.addEventListener("pointerleave", () => onHover(-1));
        button.addEventListener("blur", () => onHover(-1));
      });
      return made;
    };
    this.most = strip(t("Most changed first"), t("Below each: how many of its neighbours in A are not neighbours in B. Click one to use it as the input"));
    this.inA = strip(t("Neighbours of the input in A"), t("Outlined: also a neighbour in B. Click one to use it as the input"));
    this.inB = strip(t("Neighbours of the input in B"), t("Outlined: also a neighbour in A. Click one to use it as the input"));
    this.words = element("p.aside", { role: "status", text: t("Comparing neighbours …") });
    const classes = [["-1", t("All classes")], ...model.classes.map((name, i) => [String(i), name])];
    this.select = element(
      "select",
      { "aria-label": t("Class"), onchange: () => this.#filter() },
      ...classes.map(([value, text]) => element("option", { value, text })),
    );
    this.before = element("button", { type: "button", text: "‹", "aria-label": t("Show images that changed more"), onclick: () => this.#page(-SHOWN) });
    this.after = element("button", { type: "button", text: "›", "aria-label": t("Show images that changed less"), onclick: () => this.#page(SHOWN) });
    this.node = element(
      "section.card.changed",
      {},
      element("header", {}, element("h2", { text: t("Images with different neighbours") }), element("span.gap"), ...(model.classes.length ? [this.select] : []), element("span.modes", {}, this.before, this.after)),
      this.words,
      this.most.node,
      this.inA.node,
      this.inB.node,
    );
  }

  /** @param {import("./wire.js").Change} change */
  setChange(change) {
    this.change = change;
    const percent = (share, digits) => `${(100 * share).toFixed(digits)}`;
    this.words.textContent = t("Of an image's {n} nearest in A, {mean} ± {error} % are not among its nearest in B. By chance it would be {chance} %. Distances are over the active dimensions.", {
        n: change.neighbours,
        mean: percent(change.mean, 1),
        error: percent(change.standardError, 1),
        chance: percent(change.chance, 1),
      });
    this.#filter();
  }

  /** @param {string} text why the change is unknown */
  refuse(text) {
    this.words.textContent = text;
    for (const { node } of [this.most, this.inA, this.inB]) node.hidden = true;
  }

  /** Show the neighbours of another input. @param {number} row */
  async showNeighbours(row) {
    const asked = ++this.#asked;
    const found = JSON.parse(new TextDecoder().decode(await fetchBytes(`${this.neighboursUrl}&row=${row}`)));
    const pictures = await this.data.images([...found.a, ...found.b]);
    const { labels } = await this.data.codes;
    if (asked !== this.#asked) return;
    /** @type {[Strip, number[], number[], number][]} */
    const strips = [[this.inA, found.a, found.b, 0], [this.inB, found.b, found.a, found.a.length]]; // prettier-ignore
    for (const [strip, rows, others, from] of strips) {
      strip.rows = rows;
      strip.show(pictures.slice(from, from + rows.length), rows.map((one) => this.model.classes[labels[one]] ?? `#${one}`));
      rows.forEach((one, i) => {
        strip.buttons[i].classList.toggle("here", others.includes(one));
        strip.buttons[i].title = imageName(this.model, one, labels[one]);
      });
    }
    this.node.dataset.neighbours = String(row);
    this.onNeighbours(row, found);
  }

  #filter() {
    this.#class = Number(this.select.value);
    this.#from = 0;
    this.#show();
  }

  #page(step) {
    this.#from += step;
    this.#show();
  }

  async #show() {
    if (!this.change) return;
    const turn = ++this.#turn;
    const { labels } = await this.data.codes;
    const order = this.#class < 0 ? this.change.order : this.change.order.filter((row) => labels[row] === this.#class);
    const rows = Array.from(order.subarray(this.#from, this.#from + SHOWN));
    this.before.disabled = this.#from === 0;
    this.after.disabled = this.#from + SHOWN >= order.length;
    const pictures = rows.length ? await this.data.images(rows) : [];
    if (turn !== this.#turn) return;
    this.most.rows = rows;
    const { neighbours, change } = this.change;
    this.most.show(pictures, rows.map((row) => `${Math.round(change[row] * neighbours)}/${neighbours}`));
    rows.forEach((row, i) => (this.most.buttons[i].title = imageName(this.model, row, labels[row])));
    this.node.dataset.first = String(rows[0] ?? "");
  }
}
