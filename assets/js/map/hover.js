/**
 * Hovering: shows a point's image and reconstruction, or the picture decoded at an empty place.
 */

import { t } from "../core/language.js";
import { Operation } from "../core/protocol.js";
import { SPLITS, extent } from "../core/points.js";

const LANE = 1;
const REACH = 9; // pixels around the cursor in which a point counts as hovered
const PLACE = -1; // an empty place is hovered
const NOTHING = -2;

export class Hover {
  #on = NOTHING; // index of the hovered point, or one of these two

  /**
   * @param {{model: import("../core/messages.js").Model, points: import("../core/points.js").Points, nearest: import("../core/nearest.js").Nearest | null,
   *     plot: import("./plot.js").Plot | null, overlay: import("./overlay.js").Overlay | null, card: import("./card.js").HoverCard, stage: HTMLElement,
   *     images: import("./pointimages.js").PointImages, point: import("../core/point.js").Point,
   *     readout: import("../core/readout.js").Readout, channel: import("../core/channel.js").LiveChannel}} parts of the map; a map in 3-D has no overlay
   */
  constructor({ model, points, nearest, plot, overlay, card, stage, images, point, readout, channel }) {
    this.model = model;
    this.points = points;
    this.nearest = nearest;
    this.plot = plot;
    this.overlay = overlay;
    this.card = card;
    this.stage = stage;
    this.images = images;
    this.point = point;
    this.readout = readout;
    this.channel = channel;
  }

  /** The shown point that a place means; -1: none. @param {[number, number]} place */
  pointAt(place) {
    const { unit } = this.plot.view();
    return this.nearest.find(...place, [REACH * unit, REACH * unit], (i) => this.plot.shows(i));
  }

  /** @param {[number, number]} place under the cursor @param {PointerEvent} event */
  over(place, event) {
    const since = performance.now(); // the event's own time is older: the browser delays moves until the next frame
    const index = this.pointAt(place);
    const box = this.stage.getBoundingClientRect();
    /** @type {[number, number, number, number]} */
    const at = [event.clientX - box.left, event.clientY - box.top, box.width, box.height];
    if (index >= 0) this.overPoint(index, at, since);
    else this.#overPlace(place, at, since);
  }

  leave() {
    this.#on = NOTHING;
    this.card.hide();
    this.overlay?.setLanding(null);
    this.stage.dataset.hovered = "";
  }

  /** @param {number} index @param {[number, number, number, number]} at cursor and size, see `moveTo` @param {number} since */
  overPoint(index, at, since) {
    const { points } = this;
    if (index === this.#on) return this.card.moveTo(...at);
    this.#on = index;
    this.overlay?.setLanding(null);
    this.card.showPoint(this.images.nameOf(index), t("error {error} · distance {distance} %", { error: points.error[index].toFixed(4), distance: points.distance[index].toFixed(0) }));
    this.stage.dataset.hovered = `${SPLITS[points.splits[index]]}/${points.rows[index]}`;
    this.images.imageOf(index).then((pixels) => {
      if (index === this.#on) this.card.paintImage(pixels);
    }, () => {}); // name and figures stay; the next hover fetches it again
    this.channel.ask(Operation.DECODE, LANE, 1, this.images.codeOf(index), (reply) => {
      if (index !== this.#on) return;
      this.card.paintDecoded(reply.body);
      this.card.moveTo(...at);
      this.readout.drew(since, reply);
    });
  }

  /** @param {[number, number]} place @param {[number, number, number, number]} at cursor and size, see `moveTo` @param {number} since */
  #overPlace(place, at, since) {
    this.#on = PLACE;
    this.stage.dataset.hovered = "";
    const width = this.model.codeDim;
    const row = new Float32Array(2 + width);
    row.set(place);
    row.set(this.point.z, 2);
    this.channel.ask(Operation.INVERT, LANE, 1, row, ({ body }) => {
      if (this.#on !== PLACE) return;
      const [code, [error, trust, x, y]] = [body.slice(0, width), body.slice(width)];
      this.channel.ask(Operation.DECODE, LANE, 1, code, (reply) => {
        if (this.#on !== PLACE) return;
        this.card.paintDecoded(reply.body);
        const off = Math.hypot(x - place[0], y - place[1]);
        const words = [this.#landingWords(off)];
        if (error > 0) words.push(t("code ± {error}", { error: error.toFixed(1) }));
        if (trust < 0.5) words.push(t("unreliable here"));
        this.card.showPlace("", words.join(" · "), trust);
        this.card.moveTo(...at);
        this.overlay.setLanding([place, [x, y]]);
        this.stage.dataset.landing = off.toFixed(4);
        this.readout.drew(since, reply);
      });
    });
  }

  /** The distance from the cursor to the position of the decoded picture's code, as a share of the map's size. */
  #landingWords(off) {
    const { x, y } = extent(this.points.places);
    const share = off / Math.max(x[1] - x[0], y[1] - y[0]);
    return share < 0.005 ? t("lands here") : t("lands {share} % of the map away", { share: (100 * share).toFixed(1) });
  }
}
