/**
 * A slider per latent dimension: native range inputs (which support keyboard, touch and screen readers) over a track that
 * shows the data's codes and the source image's posterior.
 */

import { dimensionName, element, focusedNear, formatNumber } from "./dom.js";
import { carries } from "./labels.js";
import { t, tn } from "./language.js";
import { Track } from "./track.js";

/** @typedef {import("./messages.js").Dimension} Dimension */
/** @typedef {EventTarget & {of: (index: number) => string, isGiven: (index: number) => boolean, give: (index: number, name: string) => void}} Names */

const NUDGE = 100; // number of arrow-key steps through a slider's range
const FINER = 10; // times as many with Shift

export class Sliders {
  /** @type {Map<number, {input: HTMLInputElement, track: Track, posterior: HTMLElement, mean: HTMLElement, dimension: Dimension, shown: number}>} by the dimension's index */
  #rows = new Map();

  /**
   * @param {import("./point.js").Point} point
   * @param {import("./messages.js").Model} model
   * @param {import("./messages.js").Dimension[]} dimensions in order, as the page's data has them
   * @param {(index: number) => void} onAttend called when a slider gets the pointer or the focus
   * @param {import("./locks.js").Locks | null} [locks] of dimensions; a click on a name locks it
   * @param {Names | null} [names] of dimensions; a double click on a name changes it
   */
  constructor(point, model, dimensions, onAttend, locks = null, names = null) {
    this.locks = locks;
    this.names = names;
    this.point = point;
    this.model = model;
    this.onAttend = onAttend;
    const active = dimensions.filter((dimension) => dimension.active);
    const dead = dimensions.filter((dimension) => !dimension.active);
    const list = element("div.sliders", {}, ...active.map((dimension) => this.#row(dimension)));
    this.node = element("div", {}, list);
    if (dead.length) {
      this.node.append(
        element(
          "details.dead",
          {},
          element("summary", {
            text: tn("{n} collapsed dimension", "{n} collapsed dimensions", dead.length, { n: dead.length }),
            title: t("Their mean hardly varies with the image (variance below 0.01). Moving them changes almost nothing."),
          }),
          element("div.sliders", {}, ...dead.map((dimension) => this.#row(dimension))),
        ),
      );
    }
    point.addEventListener("move", (event) => this.#follow(event.change));
    point.addEventListener("source", () => this.#showPosterior());
    this.#follow({});
  }

  /** Focus the next or previous slider. @param {1 | -1} direction */
  walk(direction) {
    const inputs = [...this.#rows.values()].map((row) => row.input).filter((input) => input.checkVisibility());
    const at = inputs.findIndex((input) => input === focusedNear(this.node));
    const next = at < 0 ? 0 : (at + direction + inputs.length) % inputs.length;
    inputs[next]?.focus();
  }

  #row(dimension) {
    const { index, low, high } = dimension;
    const { value: carried, spoken, title } = carries(this.model, dimension);
    const name = dimensionName(index);
    const input = element("input", {
      type: "range",
      min: low,
      max: high,
      step: "any",
      "aria-label": t("{dimension}, {amount}", { dimension: name, amount: spoken }),
      "data-dimension": index,
    });
    const posterior = element("i.posterior", { hidden: true });
    const mean = element("i.mean", { hidden: true });
    const meaning = element("span.meaning");
    const track = new Track(input, histogram(dimension.histogram), posterior, mean, meaning);
    const showMeaning = () => {
      meaning.textContent = this.names.of(index);
      meaning.classList.toggle("given", this.names.isGiven(index));
      input.setAttribute("aria-description", meaning.textContent);
    };
    if (this.names) {
      this.names.addEventListener("change", showMeaning);
      showMeaning();
    }
    const row = element(
      "div.slider",
      { title: "" },
      this.#name(index, title, name, element("small", { text: carried.toFixed(2) })),
      track.node,
      track.value,
    );
    this.#rows.set(index, { input, track, posterior, mean, dimension, shown: NaN });

    input.addEventListener("input", (event) => this.point.set(index, input.valueAsNumber, { since: event.timeStamp, by: this }));
    input.addEventListener("change", () => this.point.rest());
    // A swipe that starts on a slider and scrolls the page must not change the code.
    let before = 0;
    input.addEventListener("pointerdown", () => (before = this.point.z[index]), true);
    input.addEventListener("pointercancel", () => this.point.set(index, before));
    input.addEventListener("keydown", (event) => this.#key(event, dimension));
    input.addEventListener("dblclick", (event) => this.#reset(dimension, event.timeStamp));
    // Only if the pointer moves: rows can also move under a resting pointer.
    row.addEventListener("pointermove", ({ movementX, movementY, buttons }) => !buttons && (movementX || movementY) && this.onAttend(index));
    input.addEventListener("focus", () => this.onAttend(index));
    return row;
  }

  /** The name of a dimension, which a click locks. */
  #name(index, title, ...content) {
    if (!this.locks) return element("div.name", { title }, ...content);
    const name = dimensionName(index);
    // Not a Tab stop: the keyboard locks the focused slider with L.
    const node = element("button.name", { type: "button", tabindex: -1, "aria-pressed": "false", title: t("{title}. Click to lock it (L): random changes leave it as it is. Double-click to name it", { title }) }, ...content);
    const show = () => {
      const locked = this.locks.has(index);
      node.setAttribute("aria-pressed", String(locked));
      node.closest(".slider")?.classList.toggle("locked", locked);
    };
    node.addEventListener("click", () => this.locks.toggle(index));
    node.addEventListener("dblclick", () => this.#rename(index, node));
    this.locks.addEventListener("change", show);
    return node;
  }

  /** Show a field for the name of a dimension. @param {number} index @param {HTMLElement} node in whose row it is shown */
  #rename(index, node) {
    if (!this.names) return;
    const field = element("input.rename", { value: this.names.of(index), maxlength: 24, placeholder: t("Name"), "aria-label": t("Name of {dimension}", { dimension: dimensionName(index) }) });
    const end = (keep) => {
      if (!field.isConnected) return;
      field.remove();
      if (keep) this.names.give(index, field.value);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
    });
    field.addEventListener("blur", () => end(true));
    node.closest(".slider").append(field);
    field.focus();
    field.select();
  }

  /** Lock or unlock the dimension of the focused slider. */
  toggleLock() {
    const focused = focusedNear(this.node);
    for (const [index, { input }] of this.#rows) if (input === focused) this.locks?.toggle(index);
  }

  #key(event, { index, low, high }) {
    const direction = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const step = ((high - low) / NUDGE) * (event.shiftKey ? 1 / FINER : 1);
    const z = this.point.z[index];
    // Up to the end of the range; a sample may lie beyond it and can only move back.
    const moved = direction > 0 ? Math.min(Math.max(high, z), z + direction * step) : Math.max(Math.min(low, z), z + direction * step);
    this.point.set(index, moved, { since: event.timeStamp });
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.point.rest(), 400); // keys repeat: inform Python once
  }

  /** Set the source image's mean, or the data's median. */
  #reset({ index, median }, since) {
    this.point.set(index, this.point.source?.mean[index] ?? median, { since });
    this.point.rest();
  }

  /** @param {import("./point.js").Change} change */
  #follow({ by, rest }) {
    if (rest) return;
    for (const [index, row] of this.#rows) {
      const z = this.point.z[index];
      if (z === row.shown) continue;
      row.shown = z;
      row.track.show(fraction(z, row.dimension), formatNumber(z));
      if (by !== this) row.input.value = String(z);
    }
  }

  #showPosterior() {
    const { source } = this.point;
    for (const [index, { posterior, mean, dimension }] of this.#rows) {
      mean.hidden = !source;
      posterior.hidden = !source || !this.model.prior; // a plain autoencoder has no posterior
      if (!source) continue;
      const at = (z) => 100 * Math.min(1, Math.max(0, fraction(z, dimension)));
      const left = at(source.mean[index] - source.sigma[index]);
      posterior.style.left = `${left}%`;
      posterior.style.width = `${at(source.mean[index] + source.sigma[index]) - left}%`;
      mean.style.left = `${at(source.mean[index])}%`;
    }
  }
}

function fraction(z, { low, high }) {
  return (z - low) / (high - low);
}

/** A histogram of the data's codes along the track. @param {number[]} shares */
function histogram(shares) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${shares.length} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  const steps = shares.map((share, i) => `L${i + 0.5} ${(1 - share).toFixed(3)}`).join("");
  path.setAttribute("d", `M0 1${steps}L${shares.length} 1Z`);
  svg.append(path);
  return svg;
}
