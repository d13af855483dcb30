/**
 * A slider per direction that was made on the map, from images A to images B. It shows the position of the code along the
 * direction (0 at the mean of A, 1 at the mean of B), and moves the code along the direction alone.
 */

import { element, formatNumber } from "../core/dom.js";
import { t } from "../core/language.js";
import { Track } from "../core/track.js";

/** @typedef {import("../core/messages.js").Direction} Direction */

/** The position of a code along a direction. @param {ArrayLike<number>} z @param {Direction} direction */
export function positionOf(z, { vector, start }) {
  let [along, length] = [0, 0];
  for (let i = 0; i < vector.length; i++) {
    along += (z[i] - start[i]) * vector[i];
    length += vector[i] ** 2;
  }
  return along / length;
}

/** A code moved along a direction alone, to a position. @param {ArrayLike<number>} z @param {Direction} direction @param {number} position @returns {number[]} z alone; the class does not change */
export function movedAlong(z, direction, position) {
  const amount = position - positionOf(z, direction);
  return direction.vector.map((step, i) => z[i] + amount * step);
}

export class DirectionSliders {
  #rows;

  /** @param {import("../core/point.js").Point} point @param {Direction[]} directions at least one */
  constructor(point, directions) {
    this.point = point;
    this.#rows = directions.map((direction) => this.#row(direction));
    this.node = element(
      "section.directions",
      {},
      element("h3", { text: t("Directions"), title: t("Made on the Map page. 0 is the mean of A, 1 the mean of B") }),
      element("div.sliders", {}, ...this.#rows.map(({ node }) => node)),
    );
    point.addEventListener("move", ({ change }) => change.rest || this.#follow(change.by));
    this.#follow();
  }

  #row(direction) {
    const { title, a, b, low, high } = direction;
    const input = element("input", { type: "range", min: low, max: high, step: "any", "aria-label": title, "data-direction": direction.id });
    const track = new Track(input);
    const node = element(
      "div.slider.direction",
      { title: t("0: {a} · 1: {b}", { a, b }) },
      element("div.name", { text: title }),
      track.node,
      track.value,
    );
    const row = { direction, input, track, node };
    input.addEventListener("input", (event) => this.#moveTo(row, input.valueAsNumber, event.timeStamp));
    input.addEventListener("change", () => this.point.rest());
    return row;
  }

  /** Move along the direction alone. */
  #moveTo({ direction, input }, position, since) {
    this.point.move(movedAlong(this.point.z, direction, position), { since, by: input });
  }

  #follow(by) {
    for (const { direction, input, track } of this.#rows) {
      const position = positionOf(this.point.z, direction);
      track.show((position - direction.low) / (direction.high - direction.low), formatNumber(position));
      if (by !== input) input.value = String(position);
    }
  }
}
