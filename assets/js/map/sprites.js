/**
 * Thumbnails of the images, many per sheet. A sheet is fetched when its first thumbnail is needed.
 */

export const PER_SHEET = 10_000;
const COLUMNS = 100;

export class Sprites {
  #sheets = new Map(); // "split/number" → bitmap; null until it is fetched

  /**
   * @param {(split: number, sheet: number) => string} urlOf
   * @param {[number, number, number]} shape of the images
   * @param {() => void} onLoad called when a sheet was fetched or is to be fetched again
   */
  constructor(urlOf, shape, onLoad) {
    this.urlOf = urlOf;
    this.onLoad = onLoad;
    const scale = Math.min(1, 28 / Math.max(shape[0], shape[1])); // as the server does it
    this.height = Math.round(shape[0] * scale);
    this.width = Math.round(shape[1] * scale);
  }

  /**
   * Draw an image's thumbnail, if its sheet was fetched.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} split @param {number} row which image
   * @param {number} x @param {number} y of its upper left corner @param {number} size its longer side
   */
  draw(context, split, row, x, y, size) {
    const sheet = this.#sheet(split, Math.floor(row / PER_SHEET));
    if (!sheet) return false;
    const place = row % PER_SHEET;
    const scale = size / Math.max(this.width, this.height);
    context.drawImage(
      sheet,
      (place % COLUMNS) * this.width,
      Math.floor(place / COLUMNS) * this.height,
      this.width,
      this.height,
      x,
      y,
      this.width * scale,
      this.height * scale,
    );
    return true;
  }

  /** Whether the sheets of all these images were fetched. @param {import("../core/points.js").Points} points */
  has(points) {
    const keys = new Set();
    for (let i = 0; i < points.count; i++) keys.add(keyOf(points.splits[i], Math.floor(points.rows[i] / PER_SHEET)));
    return [...keys].every((key) => this.#sheets.get(key));
  }

  /** Release the sheets, which take tens of megabytes each. */
  close() {
    for (const sheet of this.#sheets.values()) sheet?.close();
    this.#sheets.clear();
    this.closed = true;
  }

  #askAgain(key) {
    this.#sheets.delete(key);
    if (!this.closed) this.onLoad(); // draws again, which requests the sheet
  }

  #sheet(split, number) {
    const key = keyOf(split, number);
    if (!this.#sheets.has(key)) {
      this.#sheets.set(key, null);
      fetch(this.urlOf(split, number))
        .then((response) => (response.ok ? response.blob() : Promise.reject(new Error(`${response.status}`))))
        .then((blob) => createImageBitmap(blob))
        .then((bitmap) => {
          if (this.closed) return bitmap.close();
          this.#sheets.set(key, bitmap);
          this.onLoad();
        })
        .catch(() => setTimeout(() => this.#askAgain(key), 5000));
    }
    return this.#sheets.get(key);
  }
}

function keyOf(split, number) {
  return `${split}/${number}`;
}
