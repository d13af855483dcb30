/**
 * Images of one class in both models: their reconstructions, and the mean error of the whole class.
 */

import { element } from "../core/dom.js";
import { withAdvice } from "../core/failure.js";
import { difference } from "../core/picture.js";
import { imageName } from "../core/labels.js";
import { formatCount, t } from "../core/language.js";
import { Strip } from "../core/strips.js";
import { meanOf, pairedDifference, smaller, spoken } from "./statistics.js";

const SHOWN = 8;
const DIGITS = 5;

export class ClassCard {
  #class = 0;
  #turn = 0;

  /**
   * @param {import("./side.js").Side} a
   * @param {import("./side.js").Side} b
   * @param {import("../core/data.js").Data} data
   * @param {(row: number) => void} onPick
   */
  constructor(a, b, data, onPick) {
    this.a = a;
    this.b = b;
    this.data = data;
    this.model = a.model;
    const strip = (title, letter) => {
      const made = new Strip(title, t("Click one to use it as the input"), this.model.imageShape, SHOWN, (i) => onPick(this.rows[i]));
      made.node.classList.remove("card");
      made.node.dataset.row = letter;
      return made;
    };
    /** @type {number[]} */
    this.rows = [];
    this.strips = [strip(t("Images"), "images"), strip(`A · ${a.model.title}`, "A"), strip(`B · ${b.model.title}`, "B")];
    this.words = element("p.aside", { role: "status" });
    const { classes } = this.model;
    this.select = element(
      "select",
      { "aria-label": t("Class"), onchange: () => this.#choose(Number(this.select.value)) },
      ...classes.map((name, i) => element("option", { value: i, text: name })),
    );
    const others = element("button", { type: "button", text: t("Show others"), title: t("Show other images of the class"), onclick: () => this.#draw() });
    this.node = element(
      "section.card.of-class",
      {},
      element("header", {}, element("h2", { text: classes.length ? t("The same class in both models") : t("The same images in both models") }), element("span.gap"), ...(classes.length ? [this.select] : []), others),
      this.words,
      ...this.strips.map(({ node }) => node),
    );
    this.#draw();
  }

  /**
   * The points of both maps, with the errors of all test images.
   *
   * @param {import("../core/points.js").Points} a
   * @param {import("../core/points.js").Points} b
   */
  setPoints(a, b) {
    this.points = [a, b];
    this.#showText();
  }

  #choose(index) {
    this.#class = index;
    this.#draw();
  }

  #draw() {
    this.#fill().catch((error) => (this.words.textContent = withAdvice(error, t("Try again."))));
  }

  async #fill() {
    const turn = ++this.#turn;
    const { labels } = await this.data.codes;
    const all = [];
    labels.forEach((label, row) => (!this.model.classes.length || label === this.#class) && all.push(row));
    const rows = [];
    while (all.length && rows.length < Math.min(SHOWN, this.model.decodeRows)) rows.push(...all.splice(Math.floor(Math.random() * all.length), 1));
    const pictures = rows.length ? await this.data.images(rows) : [];
    if (turn !== this.#turn) return;
    this.rows = rows;
    this.strips[0].show(pictures);
    rows.forEach((row, i) => this.strips.forEach(({ buttons }) => (buttons[i].title = imageName(this.model, row, labels[row]))));
    this.shown = [null, null];
    if (!rows.length) return this.#showText();
    const size = pictures[0].length;
    const joined = new Uint8Array(rows.length * size);
    pictures.forEach((pixels, i) => joined.set(pixels, i * size));
    [this.a, this.b].forEach((side, at) =>
      side.reconstruct(joined, rows.length, (answers) => {
        if (turn !== this.#turn) return;
        const errors = answers.map((answer, i) => difference(pictures[i], answer, this.model.imageShape).mse);
        this.strips[at + 1].show(answers, errors.map((error) => error.toFixed(4)));
        this.shown[at] = errors;
        this.#showText();
      }),
    );
    return this.#showText();
  }

  #showText() {
    const { classes } = this.model;
    const name = classes[this.#class];
    if (this.points) {
      const [a, b] = this.points.map((points) => points.error.filter((_, i) => !classes.length || points.labels[i] === this.#class));
      this.words.textContent = a.length ? sentence(a, b, allOf(a.length, name)) : t("The test split has no image of “{name}”.", { name });
    } else if (this.shown?.every(Boolean)) {
      const [a, b] = this.shown;
      this.words.textContent = sentence(a, b, theseOf(this.rows.length, name));
    }
  }
}

/** @param {number} n @param {string | undefined} name of the class; the data may have none */
function allOf(n, name) {
  if (name === undefined) return t("all {n} test images of the test images", { n: formatCount(n) });
  return t("all {n} test images of “{name}”", { n: formatCount(n), name });
}

/** @param {number} n @param {string | undefined} name of the class; the data may have none */
function theseOf(n, name) {
  return name === undefined ? t("these {n} images of the test images", { n }) : t("these {n} images of “{name}”", { n, name });
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b errors of the same images @param {string} what they are */
export function sentence(a, b, what) {
  const gap = pairedDifference(a, b);
  const better = smaller(gap);
  const values = { what, a: spoken(meanOf(a), DIGITS), b: spoken(meanOf(b), DIGITS), gap: spoken(gap, DIGITS), better };
  return better
    ? t("Mean squared error per pixel over {what}: A {a}, B {b}. B − A, image by image: {gap}; {better} is better.", values)
    : t("Mean squared error per pixel over {what}: A {a}, B {b}. B − A, image by image: {gap}; no clear difference.", values);
}
