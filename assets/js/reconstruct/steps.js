/**
 * How a picture came to be the model's input: a thumbnail for each step, with its switch or its one parameter. What a step
 * chose by itself says so; what a hand has set can be given back.
 */

import { element } from "../core/dom.js";
import { toImageData } from "../core/picture.js";

const TITLES = {
  picture: ["Picture", "Upright, and cut to the box if you drew one"],
  light: ["Polarity", "Whether what is drawn is darker or lighter than its ground; from here on it is light"],
  even: ["Even light", "Shadows and vignetting taken out: how strong the ink is"],
  ink: ["Ink", "Only what is stronger than the threshold, in full contrast; dirt and what lies apart is left out"],
  crop: ["Found", "The largest thing that is there"],
  input: ["Input", "Scaled and placed as the model's own data are: what the model sees"],
};

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {[number, number, number]} shape
 * @property {Uint8Array} pixels
 * @property {boolean | number | string | null} chosen by the step itself; what it is depends on the step
 * @property {boolean} automatic
 */

/**
 * What a person has set; what is missing or null is left to the step: `Settings` of `vae.pictures.preparation`.
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
    const button = (text, title, onclick) => element("button", { type: "button", text, title, "aria-label": title, onclick });
    const choice = (label, name, options) => element("select", { "aria-label": label, onchange: ({ target }) => this.#set(name, options[target.value][1]) }, ...Object.entries(options).map(([value, [text]]) => element("option", { value, text })));
    const range = (label, name, min, max) => element("input", { type: "range", min, max, step: 0.01, "aria-label": label, oninput: ({ target }) => this.#set(name, target.valueAsNumber) });

    const whole = button("Whole", "Look at the whole picture again", () => this.#set("crop", null));
    this.#card("picture", ["crop", "turn"], [button("⟲", "Turn to the left", () => this.#turn(90)), button("⟳", "Turn to the right", () => this.#turn(270)), whole], () => (whole.hidden = !this.#settings.crop));

    const light = choice("Polarity", "light", { dark: ["Dark ink", false], light: ["Light ink", true] });
    this.#card("light", ["light"], [light], ({ chosen }) => (light.value = (this.#settings.light ?? chosen) ? "light" : "dark"));

    const even = element("input", { type: "checkbox", onchange: ({ target }) => this.#set("even", target.checked) });
    this.#card("even", ["even"], [element("label", {}, even, "Even out")], ({ chosen }) => (even.checked = this.#settings.even ?? chosen));

    const threshold = range("Threshold", "threshold", 0.02, 0.95);
    this.#card("ink", ["threshold"], [threshold], ({ chosen }) => hold(threshold, this.#settings.threshold ?? chosen));

    this.#card("crop", [], [element("small", { text: "Draw a box on your picture if it is another" })], () => {});

    const extent = range("Size", "extent", 0.2, 1);
    const centre = choice("Centre", "centre", { mass: ["By mass", "mass"], box: ["By its box", "box"] });
    const force = button("Prepare it", "Treat it like any other picture", () => this.#set("even", true));
    this.#card("input", ["extent", "centre"], [element("label.size", {}, "Size", extent), centre, force], ({ chosen }) => {
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
    this.node = element("section.card.preparation", {}, element("header", {}, element("h2", { text: "Preparation" }), this.note), element("ol.steps-of-picture", {}, ...cards));
  }

  get settings() {
    return this.#settings;
  }

  /** Another picture: nothing is set. @param {Settings} [settings] */
  reset(settings = {}) {
    this.#settings = settings;
  }

  /** A hand has drawn a box. @param {import("./cropper.js").Box} crop */
  setCrop(crop) {
    this.#settings = { ...this.#settings, crop };
  }

  /** @param {Step[]} steps */
  show(steps) {
    this.#steps = steps;
    const told = Object.fromEntries(steps.map((step) => [step.name, step]));
    for (const [name, { node, canvas }] of Object.entries(this.#cards)) {
      const step = told[name];
      node.hidden = !step;
      if (!step) continue;
      const [height, width] = step.shape;
      Object.assign(canvas, { height, width });
      canvas.style.imageRendering = Math.max(height, width) < 64 ? "pixelated" : "";
      canvas.getContext("2d").putImageData(toImageData(step.pixels, step.shape), 0, 0);
    }
    this.#showControls();
    const left = steps.at(-1).chosen === "as it is";
    this.note.textContent = left ? "It is as the model's own images are, and goes in as it is" : "";
  }

  /** What a hand has set stands, whatever an earlier answer says. */
  #showControls() {
    for (const step of this.#steps) {
      const { show, automatic, keys } = this.#cards[step.name];
      automatic(!keys.some((key) => this.#settings[key] || this.#settings[key] === false));
      show(step);
    }
  }

  #card(name, keys, controls, show) {
    const [title, explained] = TITLES[name];
    const canvas = element("canvas", { role: "img", "aria-label": `after: ${title}` });
    const auto = element("button.auto", { type: "button", "aria-label": `${title}: automatic`, onclick: () => this.#giveBack(keys) });
    const node = element("li.step-of-picture", { title: explained, "data-step": name }, element("header", {}, element("h3", { text: title }), ...(keys.length ? [auto] : [])), element("div.thumbnail", {}, canvas), element("div.controls-of-step", {}, ...controls));
    const automatic = (is) => {
      auto.textContent = is ? "auto" : "yours ↺";
      auto.title = is ? "Chosen by itself" : "Give it back to the automatic choice";
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
    // A box that was drawn is of the picture as it stood.
    const turn = /** @type {Settings["turn"]} */ (((this.#settings.turn ?? 0) + by) % 360);
    this.#change({ ...this.#settings, turn, crop: null });
  }

  #giveBack(keys) {
    this.#change(Object.fromEntries(Object.entries(this.#settings).filter(([name]) => !keys.includes(name))));
  }

  #change(settings) {
    this.#settings = settings;
    this.#showControls();
    this.onChange(settings);
  }
}

/** A slider's value, unless a hand has it. */
function hold(input, value) {
  if (!input.matches(":active")) input.value = value;
}
