/** The current point of the Map page: its picture, its place, its distance from the data, undo, and the link. */

import { writeLink } from "../core/link.js";
import { Meter } from "../core/meter.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Point } from "../core/point.js";
import { Operation } from "../core/protocol.js";
import { Undo } from "../core/undo.js";

export const LANE = 0; // of the current point

export class CurrentPoint {
  /** @type {import("../core/channel.js").LiveChannel | null} null before the map is built */
  channel = null;
  /** Whether the map shows the point. */
  shown = false;

  /**
   * @param {import("../core/messages.js").MapPage} page
   * @param {import("../core/readout.js").Readout} readout
   * @param {object} means
   * @param {(value: object) => void} means.send sends the point to Python
   * @param {(place: Float32Array) => void} means.onPlace called with the place of the point
   * @param {(image: number | null) => void} means.onImage called with the test image that the point encodes now, if any
   */
  constructor({ model, point }, readout, means) {
    this.model = model;
    this.readout = readout;
    this.means = means;
    this.point = new Point(point?.z ?? new Float32Array(model.codeDim));
    this.image = point?.image ?? null;
    this.meter = new Meter(model.images);
    this.picture = pictureCanvas(model.imageShape, "the decoded picture of the current point", "picture main");
    this.undo = new Undo(model.id, () => this.visited(), (visited) => this.restore(visited));
    if (point) this.undo.record(point.z, point.image);
  }

  destroy() {
    this.undo.destroy();
  }

  /** Follow the point from now on. @param {import("../core/channel.js").LiveChannel} channel */
  listen(channel) {
    this.channel = channel;
    this.point.addEventListener("move", (event) => this.#moved(event.change));
  }

  /** Show the point as it is. */
  show() {
    this.#moved({});
    this.means.onImage(this.image);
  }

  /** Go to the code of an image. @param {ArrayLike<number>} z @param {number | null} image of the test split */
  goTo(z, image) {
    this.image = image;
    this.point.move(z);
    this.point.rest();
  }

  /** The current point; null before the map is built. */
  visited() {
    return this.shown ? { z: this.point.z, image: this.image } : null;
  }

  /** Go back or forth to a point. @param {import("../core/history.js").Visited} visited */
  restore({ z, image }) {
    this.goTo(z, image);
    this.means.onImage(image);
  }

  /** Show a point on the way to another. @param {Float32Array} z */
  pass(z) {
    this.leaveImage();
    this.point.move(z);
  }

  /** The point no longer encodes an image. */
  leaveImage() {
    if (this.image !== null) this.means.onImage(null);
    this.image = null;
  }

  /** @param {import("../core/point.js").Change} change */
  #moved({ since, rest }) {
    if (rest) {
      this.undo.record(this.point.z, this.image);
      writeLink(this.model.id, this.point.z, this.image);
      this.means.send({ model: this.model.id, z: Array.from(this.point.z, (value) => Number(value.toFixed(4))), image: this.image });
      return;
    }
    const z = Float32Array.from(this.point.z);
    this.channel.ask(Operation.DECODE, LANE, 1, z, (reply) => {
      paint(this.picture, reply.body, this.model.imageShape);
      this.readout.drew(since, reply);
    });
    this.channel.ask(Operation.PLACE, LANE, 1, z, ({ body }) => this.means.onPlace(body));
    this.channel.ask(Operation.MEASURE, LANE, 1, z, ({ body: [percentile, distance] }) => this.meter.show(percentile, distance));
  }
}
