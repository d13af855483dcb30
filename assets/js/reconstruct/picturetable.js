/**
 * The table of several pictures: each is prepared and assessed; the most unusual come first.
 */

import { button, element, focusedNear } from "../core/dom.js";
import { save } from "../core/save.js";
import { packHead, parseHead } from "../core/head.js";
import { formatCount, sentences, t, tn } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { basisWords } from "./assessment.js";
import { about, cut, nameOf, post } from "./wire.js";

const AT_ONCE = 2; // as many as the server reads at once
const SHOWN = 100;
const REFRESH = 400; // ms
const MOST_BYTES = 45_000_000; // of an archive's pixels
const MOST_ROWS = 20_000; // of an archive
const LARGEST = 30_000_000; // bytes, the server's limit for a file

/** @typedef {import("../core/messages.js").Reading & {found: boolean}} TableReading */
/** @typedef {{file: File, reading: TableReading, input: Uint8Array, output: Uint8Array}} Entry */

export class PictureTable {
  /** @type {Entry[]} */
  entries = [];
  /** @type {{file: File, reason: string}[]} */
  refused = [];
  /** @type {File[]} */
  #queue = [];
  #turn = 0;
  #drawn = 0;

  /**
   * @param {import("../core/messages.js").Model} model
   * @param {string} url of the model's routes
   * @param {(file: File) => void} onPick
   */
  constructor(model, url, onPick) {
    this.model = model;
    this.url = url;
    this.onPick = onPick;
    this.title = element("h2", { text: t("Your pictures") });
    this.progress = element("progress", { max: 1, value: 0 });
    this.stopButton = button(t("Stop reading"), t("Leave out the remaining files"), () => this.#stop());
    this.exportButton = button(t("Export table"), t("Save a ZIP with the table as CSV and a PNG of each picture"), () => this.#export());
    this.message = element("p.aside", { role: "status" });
    this.refusals = element("details.refusals", { hidden: true }, element("summary"), element("ul"));
    this.body = element("tbody");
    const heads = ["#", t("Input"), t("Reconstruction"), t("File"), ...(model.classes.length ? [t("Looks like")] : []), t("More unusual than"), t("Error"), ...(model.prior ? ["KL"] : []), t("Distance")];
    this.node = element(
      "section.card.many",
      { hidden: true },
      element("header", {}, this.title, element("span.toolbar", {}, this.progress, this.stopButton, this.exportButton, button(t("Close table"), t("Return to one picture"), () => this.close()))),
      this.message,
      this.refusals,
      (this.frame = element("div.table-frame", {}, element("table", {}, element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { text })))), this.body))),
    );
  }

  destroy() {
    this.#turn++;
    clearTimeout(this.#drawn);
  }

  /** @param {File[]} files that replace those before */
  async read(files) {
    const turn = ++this.#turn;
    this.entries = [];
    this.refused = [];
    this.total = files.length;
    this.#queue = [...files];
    this.node.hidden = false;
    this.node.dataset.done = "false";
    this.message.textContent = "";
    this.#draw();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(turn)));
    if (turn !== this.#turn) return;
    this.#draw();
    this.node.dataset.done = "true";
  }

  /** Whether the table has this file's picture. @param {File} file */
  has(file) {
    return this.entries.some((entry) => entry.file === file);
  }

  /** Hide the refused files; close a table without other rows. */
  hideRefusals() {
    if (this.node.dataset.done !== "true") return;
    this.refusals.hidden = true;
    if (!this.entries.length) this.close();
  }

  close() {
    this.#turn++;
    this.#queue = [];
    this.entries = [];
    this.node.hidden = true;
  }

  async #work(turn) {
    while (this.#queue.length && turn === this.#turn) {
      const file = this.#queue.shift();
      try {
        if (file.size > LARGEST) throw new Error(t("the picture is larger than 30 MB. Save a smaller one."));
        const { head, rest } = parseHead(await post(`${this.url}/reconstruct`, file));
        if (turn !== this.#turn) return;
        const { imageShape } = this.model;
        const [input, output] = cut(rest, [imageShape, imageShape]).map((pixels) => pixels.slice());
        this.entries.push({ file, reading: head, input, output });
      } catch (error) {
        if (turn === this.#turn) this.refused.push({ file, reason: about(error, nameOf(file)) });
      }
      this.#drawn ||= setTimeout(() => this.#draw(), REFRESH);
    }
  }

  #stop() {
    this.total -= this.#queue.length;
    this.#queue = [];
  }

  #draw() {
    clearTimeout(this.#drawn);
    this.#drawn = 0;
    const done = this.entries.length + this.refused.length;
    const going = done < this.total;
    this.title.textContent = going ? t("{done} of {total} pictures", { done: formatCount(done), total: formatCount(this.total) }) : titleOf(this.entries.length);
    this.progress.hidden = this.stopButton.hidden = !going;
    this.progress.value = done / Math.max(1, this.total);
    this.exportButton.disabled = going || !this.entries.length;
    // Blank pictures first, then by unusualness, then by error.
    this.entries.sort((a, b) => Number(a.reading.found) - Number(b.reading.found) || b.reading.unusual - a.reading.unusual || b.reading.mse - a.reading.mse);
    const focused = focusedNear(this.node)?.dataset.file;
    this.body.replaceChildren(...this.entries.slice(0, SHOWN).map((entry, i) => this.#row(entry, i)));
    if (focused) [...this.body.querySelectorAll("button")].find(({ dataset }) => dataset.file === focused)?.focus();
    if (!going) {
      const shown = this.entries.length > SHOWN ? t("The table shows the first {n}; the export has all.", { n: SHOWN }) : "";
      this.message.textContent = sentences(shown, basisWords(this.entries[0]?.reading.compared));
    }
    this.#drawRefusals();
    this.frame.hidden = !going && !this.entries.length;
    if (this.frame.hidden) this.refusals.open = true;
  }

  #drawRefusals() {
    const count = this.refused.length;
    this.refusals.hidden = !count;
    const [summary, list] = this.refusals.children;
    summary.textContent = tn("{n} file was not read", "{n} files were not read", count);
    list.replaceChildren(...this.refused.slice(0, SHOWN).map(({ file, reason }) => element("li", { title: nameOf(file), text: reason })));
  }

  #row({ file, reading, input, output }, i) {
    const picture = (pixels, label) => {
      const canvas = pictureCanvas(this.model.imageShape, label);
      paint(canvas, pixels, this.model.imageShape);
      return element("td", {}, canvas);
    };
    const cell = (text) => element("td", { text });
    const name = element("button.name-of-file", { type: "button", "data-file": file.name, text: nameOf(file), title: t("Open {file}", { file: nameOf(file) }), onclick: () => this.onPick(file) });
    const { classes, prior } = this.model;
    if (!reading.found) return element("tr", {}, cell(i + 1), picture(input, t("input")), element("td"), element("td", {}, name), element("td", { colspan: 5, text: t("blank picture") }));
    return element(
      "tr",
      {},
      cell(i + 1),
      picture(input, t("input")),
      picture(output, t("reconstruction")),
      element("td", {}, name),
      ...(classes.length ? [cell(t("{name} ({votes} of {n})", { name: this.#vote(reading), votes: reading.votes, n: reading.nearest.length }))] : []),
      cell(`${reading.unusual.toFixed(reading.unusual > 99 ? 1 : 0)} %`),
      cell(reading.mse.toFixed(4)),
      ...(prior ? [cell(reading.kl.toFixed(1))] : []),
      cell(reading.distance.toFixed(2)),
    );
  }

  #vote({ vote }) {
    return this.model.classes[vote] ?? "";
  }

  async #export() {
    const size = 2 * this.model.imageShape.reduce((a, b) => a * b);
    const turn = this.#turn;
    const all = this.entries.slice(0, Math.min(MOST_ROWS, Math.floor(MOST_BYTES / size)));
    const pixels = new Uint8Array(all.length * size);
    all.forEach(({ input, output }, i) => {
      pixels.set(input, i * size);
      pixels.set(output, i * size + input.length);
    });
    const rows = all.map(({ file, reading }) => ({
      name: nameOf(file).slice(0, 300),
      found: reading.found,
      unusual: reading.unusual,
      mse: reading.mse,
      mse_percentile: reading.mse_percentile,
      kl: reading.kl,
      kl_percentile: reading.kl_percentile,
      off_data: reading.off_data,
      vote: this.#vote(reading),
      votes: reading.votes,
      nearest: reading.nearest[0],
    }));
    this.exportButton.disabled = true;
    this.message.textContent = t("Packing …");
    try {
      const zip = await post(`${this.url}/archive`, packHead({ rows }, pixels));
      save(new Blob([zip]), `${this.model.id}-pictures.zip`);
      if (turn === this.#turn) this.message.textContent = all.length < this.entries.length ? t("The export has the {n} most unusual pictures. More would be too large.", { n: formatCount(all.length) }) : "";
    } catch (error) {
      if (turn === this.#turn) this.message.textContent = error.message;
    }
    if (turn === this.#turn) this.exportButton.disabled = false;
  }
}

/** @param {number} count pictures of a finished table */
function titleOf(count) {
  if (!count) return t("No file could be read");
  return tn("{n} picture, the most unusual first", "{n} pictures, the most unusual first", count);
}
