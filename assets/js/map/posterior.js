/**
 * One σ of an image's posterior on the map, true to scale: on a linear map, where it is an ellipse.
 */

import { Operation } from "../core/protocol.js";
import { ellipseOf } from "../core/points.js";

const LANE = 0; // that of the current point

export class PosteriorEllipse {
  #index = -1; // of the shown image; a late answer for another one is ignored

  /**
   * @param {{model: import("../core/messages.js").Model, points: import("../core/points.js").Points, images: import("./pointimages.js").PointImages,
   *     overlay: import("./overlay.js").Overlay, channel: import("../core/channel.js").LiveChannel}} parts of the map
   */
  constructor({ model, points, images, overlay, channel }) {
    this.model = model;
    this.points = points;
    this.images = images;
    this.overlay = overlay;
    this.channel = channel;
  }

  /** @param {number} index of a point; -1: hide the ellipse */
  async show(index) {
    const { points, model } = this;
    this.#index = index;
    this.overlay.setEllipse(null);
    if (index < 0 || !points.axes || !model.prior) return;
    let pixels;
    try {
      pixels = await this.images.imageOf(index);
    } catch {
      return; // the map works without it
    }
    this.channel.ask(Operation.ENCODE, LANE, 1, pixels, ({ body }) => {
      if (this.#index !== index) return;
      const sigma = body.slice(model.codeDim, model.codeDim + model.latentDim).map((logVar) => Math.exp(logVar / 2));
      this.overlay.setEllipse({ place: [points.places[2 * index], points.places[2 * index + 1]], shape: ellipseOf(points.axes, sigma) });
    });
  }
}
