/** What a controller can move: the dimensions with a slider, and the saved directions. */

import { dimensionName } from "../core/dom.js";
import { movedAlong, positionOf } from "./directions.js";

/**
 * @typedef {object} Target
 * @property {string} id "z3", or "direction/" and the direction's id
 * @property {string} name
 * @property {number} low @property {number} high the range of its slider
 * @property {() => number} read its value
 * @property {(value: number, change: import("../core/point.js").Change) => void} write
 */

/**
 * @param {import("../core/point.js").Point} point
 * @param {import("../core/messages.js").Dimension[]} dimensions in order
 * @param {import("../core/messages.js").Direction[]} directions
 * @returns {Target[]} active dimensions first
 */
export function targetsOf(point, dimensions, directions) {
  const ordered = [...dimensions.filter(({ active }) => active), ...dimensions.filter(({ active }) => !active)];
  return [
    ...ordered.map(({ index, low, high }) => ({
      id: `z${index}`, name: dimensionName(index), low, high,
      read: () => point.z[index],
      write: (value, change) => point.set(index, value, change),
    })),
    ...directions.map((direction) => ({
      id: `direction/${direction.id}`, name: direction.title, low: direction.low, high: direction.high,
      read: () => positionOf(point.z, direction),
      write: (value, change) => point.move(movedAlong(point.z, direction, value), change),
    })),
  ]; // prettier-ignore
}

/** The id of the target that a slider moves; undefined for other elements. @param {HTMLElement} slider */
export function targetIdOf({ dataset }) {
  if (dataset?.dimension !== undefined) return `z${dataset.dimension}`;
  return dataset?.direction === undefined ? undefined : `direction/${dataset.direction}`;
}

/** Move a target by an amount, not beyond its range. A value that lies beyond it can only move back. @param {Target} target @param {number} amount */
export function nudged({ low, high, read }, amount) {
  const value = read();
  return amount > 0 ? Math.min(Math.max(high, value), value + amount) : Math.max(Math.min(low, value), value + amount);
}
