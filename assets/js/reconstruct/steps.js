/**
 * The preparation of a picture: a thumbnail for each step with its setting. Each setting is automatic or set by hand, and can
 * be reset to automatic.
 */

import { button, element } from "../core/dom.js";
import { t } from "../core/language.js";
import { toImageData } from "../core/picture.js";

/** Names and explanations of the steps. */
const titles = () => ({
  picture: [t("Picture"), t("The picture, upright, and cropped if you drew a box")],
  light: [t("Polarity"), t("Whether the object is darker or lighter than the background. From here on it is light")],
  even: [t("Even light"), t("Shadows and vignetting are removed")],
  ink: [t("Ink"), t("Only ink above the threshold, at full contrast. Specks and separate parts are left out")],
  crop: [t("Found"), t("The largest object in the picture")],
  input: [t("Input"), t("Scaled and placed like the model's data: the input of the model")],
});

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {[number, number, number]} shape
 * @property {Uint8Array} pixels
 * @property {boolean | number | string | null} chosen by the step itself; what it is depends on the step
 * @property {boolean} automatic
 */

/**
 * Settings made by hand; missing or null ones are automatic: `Settings` of `vae.pictures.preparation`.
 *
 * @typedef {object} Settings
 * @property {0 | 90 | 180 | 270} [turn] degrees counter-clockwise
 * @property {import("./cropper.js").Box | null} [crop]
 * @property {boolean} [light] @property {boolean} [even]
 * @property {number} [threshold] 0…1
 * @property {number} [extent] share of the frame
 * @property {"mass" | "box"} [centre]
 */

/**
 * @typedef {object} Card of a step
 * @property {HTMLElement} node
 * @property {HTMLCanvasElement} canvas
 * @property {(step: Step) => void} show
 * @property {(is: boolean) => void} automatic
 * @property {string[]} keys of its settings
 */

export class Steps {
  /** @type {Record<string, Card>} by the step's name */
  #cards = {};
  /** @type {Step[]} */
  #steps = [];
  /** @type {Settings} */
  #settings = {};

  /** @param {(settings: Settings) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    const choice = (label, name, options) => element("select", { "aria-label": label, onchange: ({ target }) => this.#set(name, options[target.value][1]) }, ...Object.entries(options).map(([value, [text]]) => element("option", { value, text })));
    const range = (label, name, min, max) => element("input", { type: "range", min, max, step: 0.01, "aria-label": label, oninput: ({ target }) => this.#set(name, target.valueAsNumber) });

    const whole = button(t("Show whole"), t("Remove the box"), () => this.#set("crop", null));
    this.#card("picture", ["crop", "turn"], [button("⟲", t("Rotate left"), () => this.#turn(90)), button("⟳", t("Rotate right"), () => this.#turn(270)), whole], () => (whole.hidden = !this.#settings.crop));

    const light = choice(t("Polarity"), "light", { dark: [t("Dark ink"), false], light: [t("Light ink"), true] });
    this.#card("light", ["light"], [light], ({ chosen }) => (light.value = (this.#settings.light ?? chosen) ? "light" : "dark"));

    const even = element("input", { type: "checkbox", onchange: ({ target }) => this.#set("even", target.checked) });
    this.#card("even", ["even"], [element("label", {}, even, t("Even out"))], ({ chosen }) => (even.checked = this.#settings.even ?? chosen));

    const threshold = range(t("Threshold"), "threshold", 0.02, 0.95);
    this.#card("ink", ["threshold"], [threshold], ({ chosen }) => hold(threshold, this.#settings.threshold ?? chosen));

    this.#card("crop", [], [element("small", { text: t("If this is the wrong object, draw a box on your picture") })], () => {});

    const extent = range(t("Size"), "extent", 0.2, 1);
    const centre = choice(t("Centre"), "centre", { mass: [t("By mass"), "mass"], box: [t("By its box"), "box"] });
    const force = button(t("Prepare anyway"), t("Prepare it like any other picture"), () => this.#set("even", true));
    this.#card("input", ["extent", "centre"], [element("label.size", {}, t("Size"), extent), centre, force], ({ chosen }) => {
      const [share, place] = typeof chosen === "string" && chosen !== "as it is" ? chosen.split(" ") : [null, null];
      extent.parentElement.hidden = centre.hidden = !share;
      force.hidden = chosen !== "as it is";
      if (share) {
        hold(extent, this.#settings.extent ?? Number(share));
        centre.value = this.#settings.centre ?? place;
      }
    });
    this.note = element("p.aside");
    const cards = Object.values(this.#cards).map(({ node }) => node);
    this.node = element("section.card.preparation", {}, element("header", {}, element("h2", { text: t("Preparation") }), this.note), element("ol.steps-of-picture", {}, ...cards));
  }

  get settings() {
    return this.#settings;
  }

  /** Start with another picture. @param {Settings} [settings] */
  reset(settings = {}) {
    this.#settings = settings;
  }

  /** Set the box that was drawn. @param {import("./cropper.js").Box} crop */
  setCrop(crop) {
    this.#settings = { ...this.#settings, crop };
  }

  /** @param {Step[]} steps */
  show(steps) {
    this.#steps = steps;
    const byName = Object.fromEntries(steps.map((step) => [step.name, step]));
    for (const [name, { node, canvas }] of Object.entries(this.#cards)) {
      const step = byName[name];
      node.hidden = !step;
      if (!step) continue;
      const [height, width] = step.shape;
      Object.assign(canvas, { height, width });
      canvas.style.imageRendering = Math.max(height, width) < 64 ? "pixelated" : "";
      canvas.getContext("2d").putImageData(toImageData(step.pixels, step.shape), 0, 0);
    }
    this.#showControls();
    const left = steps.at(-1).chosen === "as it is";
    this.note.textContent = left ? t("Used unchanged: it already looks like the model's data") : "";
  }

  /** Show the settings; those made by hand override an earlier answer. */
  #showControls() {
    for (const step of this.#steps) {
      const { show, automatic, keys } = this.#cards[step.name];
      automatic(!keys.some((key) => this.#settings[key] || this.#settings[key] === false));
      show(step);
    }
  }

  #card(name, keys, controls, show) {
    const [title, explained] = titles()[name];
    const canvas = element("canvas", { role: "img", "aria-label": t("picture after: {step}", { step: title }) });
    const auto = element("button.auto", { type: "button", "aria-label": t("{step}: automatic", { step: title }), onclick: () => this.#reset(keys) });
    const node = element("li.step-of-picture", { title: explained, "data-step": name }, element("header", {}, element("h3", { text: title }), ...(keys.length ? [auto] : [])), element("div.thumbnail", {}, canvas), element("div.controls-of-step", {}, ...controls));
    const automatic = (is) => {
      auto.textContent = is ? t("auto") : t("manual ↺");
      auto.title = is ? t("Set automatically") : t("Reset to automatic");
      auto.disabled = is;
      auto.classList.toggle("own", !is);
    };
    this.#cards[name] = { node, canvas, show, automatic, keys };
  }

  #set(name, value) {
    this.#change({ ...this.#settings, [name]: value });
  }

  /** @param {90 | 270} by */
  #turn(by) {
    // A box belongs to the earlier orientation.
    const turn = /** @type {Settings["turn"]} */ (((this.#settings.turn ?? 0) + by) % 360);
    this.#change({ ...this.#settings, turn, crop: null });
  }

  #reset(keys) {
    this.#change(Object.fromEntries(Object.entries(this.#settings).filter(([name]) => !keys.includes(name))));
  }

  #change(settings) {
    this.#settings = settings;
    this.#showControls();
    this.onChange(settings);
  }
}

/** Set a slider's value, unless it is being dragged. */
function hold(input, value) {
  if (!input.matches(":active")) input.value = value;
}
