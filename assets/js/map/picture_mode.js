/** Switches a map of two dimensions between pictures and dots. */

export class PictureMode {
  #on = false;

  /**
   * @param {object} map
   * @param {import("./overlay.js").Overlay} map.overlay
   * @param {import("./sprites.js").Sprites} map.sprites
   * @param {import("../core/points.js").Points} map.points
   * @param {import("../core/status.js").StatusLine} map.status
   * @param {() => Promise<void>} map.draw
   * @param {() => boolean} map.isGone whether the page was left
   * @param {{dots: boolean}} look of the map
   */
  constructor(map, look) {
    this.map = map;
    this.look = look;
  }

  /** Show pictures, or dots. The old ones stay until the new ones are drawn. @param {boolean} on */
  async show(on) {
    const { overlay, sprites, points, status, draw, isGone } = this.map;
    this.#on = on;
    if (on) {
      overlay.pictures = true;
      overlay.draw();
    }
    const waiting = on && !sprites.has(points);
    status.show(waiting ? "Fetching the pictures …" : "");
    if (waiting) return;
    this.look.dots = !on;
    await draw();
    if (isGone() || this.#on !== on) return; // switched again meanwhile
    overlay.pictures = on;
    overlay.draw();
  }

  /** More pictures have come. */
  sheetCame() {
    const { overlay, sprites, points, status } = this.map;
    overlay.draw();
    if (!this.#on || !this.look.dots || !sprites.has(points)) return;
    this.show(true).catch((error) => status.show(error.message));
  }
}
