/**
 * The paths on the map of the encoded images. Letters can be dragged, and images chosen.
 */

import { fetchBytes } from "../core/data.js";
import { element } from "../core/dom.js";
import { LiveChannel, channelUrl } from "../core/channel.js";
import { faultText, withAdvice } from "../core/failure.js";
import { t } from "../core/language.js";
import { Operation } from "../core/protocol.js";
import { MapCanvas } from "../core/mapcanvas.js";
import { SPLITS, parsePoints } from "../core/points.js";

const STEPS = 40; // per leg, fewer for many legs
const MOST = 400; // codes of a path that are placed at once
const STOPS_LANE = 7; // the last one: each path has a lane before it
const GRAB = 16; // pixels
const REACH = 24;

/**
 * A letter that is dragged: requests, answers, the newest code, and whether the pointer was released.
 *
 * @typedef {{stop: import("./stop.js").Stop, asked: number, answered: number, code: Float32Array | null, gone: boolean}} Drag
 */

/** @typedef {{z: Float32Array, label: number, row: number, split: string}} Picked an image of the map */

export class PathMap {
  /** @type {Map<string, Float32Array>} two numbers a place, by kind */
  #places = new Map();
  /** @type {{stop: import("./stop.js").Stop, x: number, y: number}[]} */
  #letters = [];
  #pending = 0;
  /** @type {Drag | null} */
  #dragged = null;
  /** @type {{stop: import("./stop.js").Stop, take: (picked: Picked) => void} | null} */
  #armed = null;

  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/messages.js").MapData} map
   * @param {import("../core/messages.js").PathKind[]} paths
   * @param {string[]} colors
   * @param {string} base
   * @param {(stop: import("./stop.js").Stop, code: Float32Array, resting: boolean) => void} onDrag a letter is at another code
   */
  constructor(model, map, paths, colors, base, onDrag) {
    if (paths.length > STOPS_LANE) throw new Error(`The map has lanes for ${STOPS_LANE} paths, not for ${paths.length}`);
    this.model = model;
    this.paths = paths;
    this.onDrag = onDrag;
    this.canvas = new MapCanvas(
      model,
      colors,
      {
        role: "img",
        "aria-label": t("Map of the paths: drag a letter"),
        onpointerdown: (event) => this.#grab(event),
        onpointermove: (event) => this.#move(event),
        onpointerup: () => this.#letGo(),
        onpointercancel: () => this.#letGo(),
      },
      () => this.#draw(),
    );
    this.surface = this.canvas.surface;
    this.leaps = element("p.aside", {
      hidden: true,
      text: t("Thin dotted lines: {map} places neighbouring codes of the path far apart there. The path itself has no gap.", { map: map.title }),
    });
    this.message = element("p.aside");
    this.node = element(
      "section.card.side-map.path-map",
      {},
      element("header", {}, element("h2", { text: t("On the map") }), element("span.aside", { text: map.title })),
      this.surface,
      element("p.aside.lines", {}, ...legend(paths)),
      this.canvas.legend,
      this.leaps,
      this.message,
    );
    this.#showText();
    this.channel = new LiveChannel(
      channelUrl(`${base}/live`),
      map.channel,
      ({ state, message }) => state === "refused" && this.#showText(message),
      (error) => this.#showText(faultText(error)),
    );
    fetchBytes(map.url)
      .then((buffer) => this.canvas.setPoints(parsePoints(buffer)))
      .catch((error) => this.#showText(withAdvice(error, t("Reload the page."))));
  }

  destroy() {
    this.canvas.destroy();
    this.channel.close();
  }

  /** Place the letters. @param {import("./stop.js").Stop[]} stops that have codes */
  setStops(stops) {
    this.#ask(STOPS_LANE, stops.map(({ code }) => code), (places) => {
      this.#letters = stops.map((stop, i) => ({ stop, x: places[2 * i], y: places[2 * i + 1] }));
    });
  }

  /** Draw the path of a kind. @param {string} kind @param {import("./row.js").Row | null} row */
  show(kind, row) {
    if (!row?.there) return;
    const most = Math.min(MOST, this.model.decodeRows - 1); // the server has one limit for all
    const steps = Math.max(1, Math.min(STEPS, Math.floor(most / row.legs.length)));
    const count = steps * row.legs.length + 1;
    const codes = Array.from({ length: count }, (_, i) => row.codeAt(i / steps, false));
    this.#ask(this.#laneOf(kind), codes, (places) => {
      this.#places.set(kind, places);
      this.surface.dataset.paths = String(this.#places.size);
    });
  }

  /** @param {string} kind */
  #laneOf(kind) {
    return this.paths.findIndex(({ key }) => key === kind);
  }

  /** Let the next click choose an image; called again, cancel that. @param {import("./stop.js").Stop} stop @param {(picked: Picked) => void} take */
  arm(stop, take) {
    if (this.#armed?.stop === stop) return this.disarm();
    this.disarm();
    this.#armed = { stop, take };
    stop.onMap.setAttribute("aria-pressed", "true");
    this.surface.classList.add("armed");
    this.#showText(t("Click an image for {letter}, or press Escape.", { letter: stop.letter }));
    this.node.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  /** Whether the next click chooses an image. */
  get armed() {
    return this.#armed !== null;
  }

  disarm() {
    if (!this.#armed) return;
    this.#armed.stop.onMap.setAttribute("aria-pressed", "false");
    this.#armed = null;
    this.surface.classList.remove("armed");
    this.#showText();
  }

  #showText(text = t("Drag a letter, or press “Choose on map” on its card and click an image.")) {
    this.message.textContent = text;
  }

  #ask(lane, codes, then) {
    const { codeDim, latentDim } = this.model;
    const rows = new Float32Array(codes.length * codeDim);
    codes.forEach((code, i) => {
      rows.set(code.subarray(0, latentDim), i * codeDim);
      if (codeDim > latentDim) rows[i * codeDim + latentDim] = 1; // only z is placed
    });
    this.channel.ask(Operation.PLACE, lane, codes.length, rows, ({ body }) => {
      then(body.slice());
      this.#draw();
    });
  }

  /** A place on the surface, in pixels. @param {PointerEvent} event @returns {[number, number]} */
  #at(event) {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #grab(event) {
    if (event.button !== 0 || !this.canvas.points) return;
    const [x, y] = this.#at(event);
    if (this.#armed) return this.#pick(x, y);
    const stop = this.#letterAt(x, y);
    if (!stop) return;
    this.surface.setPointerCapture(event.pointerId);
    this.#dragged = { stop, asked: 0, answered: 0, code: null, gone: false };
  }

  #move(event) {
    if (!this.canvas.points) return;
    const [x, y] = this.#at(event);
    if (this.#dragged) this.#dragTo(this.#dragged, [x, y]);
    else this.surface.classList.toggle("grabbable", !this.#armed && this.#letterAt(x, y) !== null);
  }

  /** @param {Drag} dragged @param {[number, number]} at */
  #dragTo(dragged, at) {
    const number = ++dragged.asked;
    const { codeDim } = this.model;
    const row = new Float32Array(2 + codeDim);
    row.set(this.canvas.toPlace(...at));
    row.set(dragged.stop.code, 2); // the values that the map does not determine stay
    this.channel.ask(Operation.INVERT, 0, 1, row, ({ body }) => {
      dragged.answered = number;
      dragged.code = body.slice(0, codeDim);
      this.onDrag(dragged.stop, dragged.code, dragged.gone && number === dragged.asked);
    });
  }

  #letGo() {
    const dragged = this.#dragged;
    if (!dragged) return;
    this.#dragged = null;
    dragged.gone = true; // the next answer is the last
    if (dragged.code && dragged.answered === dragged.asked) this.onDrag(dragged.stop, dragged.code, true);
  }

  #letterAt(x, y) {
    let [best, nearest] = [null, GRAB];
    for (const letter of this.#letters) {
      const [left, top] = this.canvas.toScreen(letter.x, letter.y);
      const far = Math.hypot(left - x, top - y);
      if (far <= nearest) [best, nearest] = [letter.stop, far];
    }
    return best;
  }

  #pick(x, y) {
    const { places, codes, dimensions, labels, rows, splits, count } = this.canvas.points;
    let [best, nearest] = [-1, REACH];
    for (let i = 0; i < count; i++) {
      const [left, top] = this.canvas.toScreen(places[2 * i], places[2 * i + 1]);
      const far = Math.hypot(left - x, top - y);
      if (far < nearest) [best, nearest] = [i, far];
    }
    const { take, stop } = this.#armed;
    if (best < 0) return this.#showText(t("No image there. Click a dot for {letter}.", { letter: stop.letter }));
    this.disarm();
    take({ z: codes.subarray(best * dimensions, (best + 1) * dimensions), label: labels[best], row: rows[best], split: SPLITS[splits[best]] });
  }

  #draw() {
    this.#pending ||= requestAnimationFrame(() => {
      this.#pending = 0;
      if (!this.canvas.points) return;
      const context = this.canvas.cleared();
      let leaps = 0;
      for (const [kind, places] of this.#places) leaps += this.#drawLine(context, kind, places);
      this.leaps.hidden = !leaps;
      this.surface.dataset.leaps = String(leaps);
      for (const { stop, x, y } of this.#letters) this.#drawLetter(context, stop.letter, x, y);
      this.surface.dataset.stops = this.#letters.map(({ x, y }) => `${x.toFixed(3)},${y.toFixed(3)}`).join();
    });
  }

  /**
   * Draw a path, dotted where the map jumps: a solid line across empty space would mislead. A linear map has no jumps.
   *
   * @returns {number} count of jumps
   */
  #drawLine(context, kind, places) {
    const { color, dashes } = this.paths[this.#laneOf(kind)];
    const leap = this.canvas.points.axes ? Infinity : 0.12 * this.surface.clientWidth;
    const steps = Array.from({ length: places.length / 2 }, (_, i) => this.canvas.toScreen(places[2 * i], places[2 * i + 1]));
    const isLeap = (i) => Math.hypot(steps[i][0] - steps[i - 1][0], steps[i][1] - steps[i - 1][1]) >= leap;
    const stroke = (style, width, dash, across) => {
      Object.assign(context, { strokeStyle: style, lineWidth: width });
      context.setLineDash(dash);
      context.beginPath();
      for (let i = 1; i < steps.length; i++) {
        if (isLeap(i) !== across) continue;
        // One stroke for connected steps, or the dashes would restart at each step.
        if (i === 1 || isLeap(i - 1) !== across) context.moveTo(...steps[i - 1]);
        context.lineTo(...steps[i]);
      }
      context.stroke();
    };
    stroke("#8b95a5", 1.5, [1.5, 4], true);
    stroke("#000c", 5, [], false);
    stroke(color, 2.5, dashes, false);
    context.setLineDash([]);
    return steps.filter((_, i) => i && isLeap(i)).length;
  }

  #drawLetter(context, letter, x, y) {
    const [left, top] = this.canvas.toScreen(x, y);
    context.fillStyle = "#000c";
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(left, top, 11, 0, 7);
    context.fill();
    context.stroke();
    context.fillStyle = "#fff";
    context.font = "bold 13px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, left, top + 1);
  }
}

/** The legend of the lines. @param {import("../core/messages.js").PathKind[]} paths */
function legend(paths) {
  return paths.map(({ title, color, dashes }) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    line.setAttribute("viewBox", "0 0 26 8");
    line.innerHTML = `<rect width="26" height="8" rx="2" fill="#000c"/><path d="M2 4H24" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dashes.join(" ")}"/>`; // our own constants alone
    return element("span", {}, line, title.toLowerCase());
  });
}
