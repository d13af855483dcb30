/** Controllers: a gamepad, MIDI knobs and OSC messages that move the point, and the panel where they are set up. */

import { channelUrl } from "../core/channel.js";
import { button, element, originOf } from "../core/dom.js";
import { t } from "../core/language.js";
import { browserStorage } from "../core/storage.js";
import { Follower, codeAfter } from "./follow.js";
import { GamepadInput } from "./gamepad.js";
import { Knobs } from "./knobs.js";
import { MidiInput, knobName } from "./midi.js";
import { nudged, targetIdOf, targetsOf } from "./targets.js";

const FOLLOWS = "zscope-follow-osc"; // key of the browser's storage
const REST = 400; // ms without a turn after which the point rests
const stickNames = () => [t("Left stick ↔"), t("Left stick ↕"), t("Right stick ↔"), t("Right stick ↕")];
/** @type {[number, string, "random" | "undo" | "favourite" | "play" | "redo"][]} buttons of a standard gamepad, numbered as browsers do */
const BUTTONS = [
  [0, "A", "random"],
  [1, "B", "undo"],
  [5, "RB", "redo"],
  [2, "X", "favourite"],
  [3, "Y", "play"],
];

/** @typedef {"" | "knob" | "slider"} Learning what is waited for; "" while nothing is learned */

export class Controllers {
  /** @type {Learning} */
  #learning = "";
  #learned = ""; // the knob that was moved
  #resting = 0;

  /**
   * @param {HTMLElement} root of the page
   * @param {import("../core/point.js").Point} point
   * @param {import("../core/messages.js").ExplorePage} page
   * @param {EventTarget & {of: (index: number) => string}} names of the dimensions
   * @param {Record<"touch" | "undo" | "redo" | "favourite" | "play", () => void> & {random: () => Promise<void>, chooseClass: (index: number) => void}} actions
   */
  constructor(root, point, { base, model, dimensions, directions }, names, actions) {
    this.root = root;
    this.point = point;
    this.names = names;
    this.actions = actions;
    this.targets = targetsOf(point, dimensions, directions);
    this.latentDim = model.latentDim;
    this.ranges = new Map(dimensions.map((dimension) => [dimension.index, dimension]));
    this.knobs = new Knobs(model.id, this.targets);
    this.#build();
    this.midi = new MidiInput((event, since) => this.#turned(event, since), () => this.#showDevices());
    this.gamepad = new GamepadInput({
      move: (axis, share, since) => this.#pushed(axis, share, since),
      rest: () => this.#rest(),
      press: (button) => this.#act(button),
      show: (name) => (this.pad.textContent = name ? t("Connected: {name}", { name }) : t("No gamepad is connected. Connect one and press a button on it.")),
    });
    this.knobs.addEventListener("change", () => this.#show());
    names.addEventListener("change", () => this.#showSticks());
    this.onSlider = (event) => this.#sliderMoved(event);
    root.addEventListener("input", this.onSlider, true);
    root.addEventListener("keydown", this.onSlider, true);
    this.#show();
    this.#showSticks();
    if (this.knobs.mappings.length) this.midi.openIfAllowed();
    this.follower = new Follower(channelUrl(`${base}/remote`), (change) => this.#changed(change), (text) => (this.osc.textContent = text));
    this.followBox.checked = browserStorage().getItem(FOLLOWS) === "on";
    if (this.followBox.checked) this.follower.follow(true);
  }

  destroy() {
    clearTimeout(this.#resting);
    this.gamepad.destroy();
    this.midi.destroy();
    this.follower.follow(false);
    this.root.removeEventListener("input", this.onSlider, true);
    this.root.removeEventListener("keydown", this.onSlider, true);
  }

  get open() {
    return this.node.matches(":popover-open");
  }

  #build() {
    this.button = button("", t("Controllers: move the point with a gamepad or with MIDI knobs"), () => this.#toggle());
    this.button.classList.add("icon");
    this.button.setAttribute("aria-label", t("Controllers"));
    this.button.append(icon());
    this.button.setAttribute("aria-expanded", "false");
    this.pad = element("p.aside", { role: "status" });
    this.sticks = stickNames().map((stick, axis) => element("select", { "aria-label": t("{stick} moves", { stick }), onchange: () => this.knobs.setStick(axis, this.sticks[axis].value) }));
    this.learn = button(t("Learn knob"), t("Move a knob, then a slider: the knob then moves that slider"), () => this.#learn());
    this.connect = button(t("Connect MIDI"), t("Ask the browser for access to MIDI devices"), () => this.#connect());
    this.said = element("p.aside.said", { role: "status" });
    this.list = element("ul.knobs");
    this.followBox = element("input", { type: "checkbox", onchange: () => this.#follow() });
    this.osc = element("p.aside", { role: "status" });
    const close = button("✕", t("Close"), () => this.node.hidePopover());
    close.setAttribute("aria-label", t("Close"));
    this.node = element(
      "div.controllers",
      { popover: "manual", role: "dialog", "aria-label": t("Controllers") },
      element("header", {}, element("b", { text: t("Controllers") }), element("span.gap"), close),
      element("h3", { text: t("Gamepad") }),
      this.pad,
      element("div.sticks", {}, ...this.sticks.map((select, axis) => element("label", {}, stickNames()[axis], select))),
      element("p.aside", { text: t("A: sample · B: undo · RB: redo · X: save as favourite · Y: play or pause") }),
      element("h3", { text: t("MIDI knobs") }),
      element("div.knob-actions", {}, this.learn, this.connect),
      this.said,
      this.list,
      element("h3", { text: "OSC" }),
      element("label.follow", { title: t("Let OSC messages move the point. The command zscope osc receives them") }, this.followBox, t("Follow OSC")),
      this.osc,
    );
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      if (this.#learning) this.#end(t("Nothing was learned."));
      else this.node.hidePopover();
    });
    this.node.addEventListener("toggle", (event) => {
      this.button.setAttribute("aria-expanded", String(event.newState === "open"));
      if (event.newState !== "open") this.#end("");
    });
  }

  /** Report the distance from the data to what is followed. @param {number} percentile @param {number} distance */
  report(percentile, distance) {
    this.follower.report(percentile, distance);
  }

  #follow() {
    const on = this.followBox.checked;
    try {
      browserStorage().setItem(FOLLOWS, on ? "on" : "off");
    } catch {
      // It lasts until the page is left.
    }
    this.follower.follow(on);
  }

  /** @param {import("./follow.js").RemoteChange} change */
  async #changed(change) {
    this.actions.touch();
    if (change.random) await this.actions.random();
    if (change.class !== undefined) this.actions.chooseClass(change.class);
    try {
      const code = codeAfter(this.point.z.subarray(0, this.latentDim), change, this.ranges);
      if (!code) return;
      this.point.move(code);
    } catch (error) {
      this.osc.textContent = error.message;
      return;
    }
    this.#restSoon();
  }

  #restSoon() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#rest(), REST);
  }

  #toggle() {
    if (this.open) return this.node.hidePopover();
    this.node.showPopover();
    const { left, bottom } = this.button.getBoundingClientRect();
    this.node.style.left = `${Math.max(8, Math.min(left, innerWidth - this.node.offsetWidth - 8))}px`;
    this.node.style.top = `${Math.max(8, Math.min(bottom + 6, innerHeight - this.node.offsetHeight - 8))}px`;
    this.node.querySelector("button")?.focus();
  }

  async #connect() {
    try {
      await this.midi.open();
      return true;
    } catch (error) {
      this.#say(error.message);
      return false;
    }
  }

  async #learn() {
    if (this.#learning) return this.#end(t("Nothing was learned."));
    if (!(await this.#connect())) return;
    this.#wait("knob", t("Move a knob of the MIDI device."));
  }

  /** @param {Learning} learning @param {string} text */
  #wait(learning, text) {
    this.#learning = learning;
    this.learn.textContent = learning ? t("Cancel") : t("Learn knob");
    this.node.dataset.learning = learning;
    this.#say(text);
  }

  /** @param {string} text */
  #end(text) {
    if (this.#learning) this.#wait("", text);
  }

  /** @param {import("./midi.js").KnobEvent} event @param {number} since */
  #turned(event, since) {
    if (this.#learning === "knob") {
      this.#learned = event.knob;
      return this.#wait("slider", t("{knob}: now move the slider that it shall control.", { knob: knobName(event.knob) }));
    }
    if (this.#learning) return;
    const turn = this.knobs.turn(event);
    if (!turn) return;
    this.#write(turn.target, turn.value, since);
    this.knobs.wrote(event.knob, turn.target.read());
    this.#restSoon();
  }

  /** The slider that a knob shall control was moved, by pointer or keyboard. */
  #sliderMoved(event) {
    if (this.#learning !== "slider") return;
    const id = targetIdOf(originOf(event));
    if (id === undefined || (event.type === "keydown" && !/^(Arrow[LR]|Page)/.test(event.key))) return;
    try {
      this.knobs.assign(this.#learned, id);
      this.#end(t("{knob} controls {slider}.", { knob: knobName(this.#learned), slider: this.#nameOf(id) }));
    } catch (error) {
      this.#end(error.message);
    }
  }

  #pushed(axis, share, since) {
    const target = this.knobs.targets.get(this.knobs.sticks[axis]);
    if (target) this.#write(target, nudged(target, share * (target.high - target.low)), since);
  }

  #write(target, value, since) {
    this.actions.touch();
    target.write(value, { since });
  }

  #rest() {
    this.point.rest();
  }

  #act(button) {
    const [, , action] = BUTTONS.find(([number]) => number === button) ?? [];
    if (action) this.actions[action]();
  }

  #say(text) {
    this.said.textContent = text;
  }

  #nameOf(id) {
    return this.knobs.targets.get(id)?.name ?? t("a slider that this page does not have");
  }

  #showDevices() {
    const { devices } = this.midi;
    this.connect.hidden = devices !== null;
    if (!this.#learning) this.#say(devices?.length ? t("Connected: {name}", { name: devices.join(", ") }) : t("No MIDI device is connected."));
  }

  #showSticks() {
    for (const [axis, select] of this.sticks.entries()) {
      const named = this.targets.map(({ id, name }) => {
        const meaning = id.startsWith("z") ? this.names.of(Number(id.slice(1))) : "";
        return element("option", { value: id, text: meaning ? `${name} ${meaning}` : name });
      });
      select.replaceChildren(element("option", { value: "", text: t("Nothing") }), ...named);
      select.value = this.knobs.sticks[axis];
    }
  }

  /** The list of knobs. */
  #show() {
    const rows = this.knobs.mappings.map(({ knob, target, relative }) => {
      const name = knobName(knob);
      const kind = element("select", { "aria-label": t("Kind of {knob}", { knob: name }), title: t("A knob with a fixed range moves its slider once it has reached the slider's value. An endless encoder moves it at once"), onchange: () => this.knobs.setRelative(knob, kind.value === "relative") });
      kind.append(element("option", { value: "absolute", text: t("Fixed range") }), element("option", { value: "relative", text: t("Endless") }));
      kind.value = relative ? "relative" : "absolute";
      return element(
        "li",
        {},
        element("span", { text: `${name} → ${this.#nameOf(target)}` }),
        kind,
        element("button", { type: "button", text: t("Remove"), "aria-label": t("Remove {knob}", { knob: name }), onclick: () => this.knobs.remove(knob) }),
      );
    });
    this.list.replaceChildren(...rows);
  }
}

/** Three knobs on their tracks. */
function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 18 18");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", "M3 1v6M3 12v5M9 1v2M9 8v9M15 1v8M15 14v3M1 9.5h4M7 5.5h4M13 11.5h4");
  svg.append(path);
  return svg;
}
