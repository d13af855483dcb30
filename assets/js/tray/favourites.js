/**
 * The favourites of a model: points that the user has saved, each with a title and a small picture. This browser keeps them.
 */

import { browserStorage } from "../core/storage.js";

const PREFIX = "zscope-favourites/";
const LONGEST = 60; // characters of a title
export const MOST = 200; // favourites of a model

/**
 * @typedef {object} Favourite
 * @property {string} title
 * @property {number[]} z the code; for a conditional model, followed by its class weights
 * @property {number | null} image index of the test image that the user started from
 * @property {string} picture a PNG as a data URL; "" before it was decoded
 */

export class Favourites extends EventTarget {
  /** @type {Favourite[]} */
  list = [];

  /**
   * @param {string} model its id
   * @param {number} codeDim numbers of a code
   * @param {Pick<Storage, "getItem" | "setItem">} [storage]
   */
  constructor(model, codeDim, storage = browserStorage()) {
    super();
    this.key = PREFIX + model;
    this.codeDim = codeDim;
    this.storage = storage;
    this.read();
  }

  /** Read them again: another tab may have changed them. */
  read() {
    try {
      this.list = parseFavourites(this.storage.getItem(this.key) ?? "[]", this.codeDim);
    } catch {
      this.list = []; // of another version of the model, or damaged
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Favourite[]} added @throws {Error} there are too many, or the browser has no space */
  add(...added) {
    if (this.list.length + added.length > MOST) throw new Error(`A model has at most ${MOST} favourites. Delete some first.`);
    this.#save([...this.list, ...added]);
  }

  /** @param {number} index */
  remove(index) {
    this.#save(this.list.filter((_, i) => i !== index));
  }

  /** @param {number} index @param {Partial<Favourite>} values */
  change(index, values) {
    this.#save(this.list.map((one, i) => (i === index ? { ...one, ...values } : one)));
  }

  /** Move one to another place. @param {number} from @param {number} to */
  move(from, to) {
    if (to < 0 || to >= this.list.length) return;
    const list = [...this.list];
    list.splice(to, 0, ...list.splice(from, 1));
    this.#save(list);
  }

  #save(list) {
    try {
      this.storage.setItem(this.key, JSON.stringify(list));
    } catch {
      throw new Error("The browser has no space for more favourites. Delete some, or allow this page to store data.");
    }
    this.list = list;
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Check favourites that come from a file or from the browser's memory.
 *
 * @param {string} text JSON
 * @param {number} codeDim
 * @returns {Favourite[]}
 * @throws {Error} it is no list of favourites of such a model
 */
export function parseFavourites(text, codeDim) {
  let list;
  try {
    list = JSON.parse(text);
  } catch {
    throw new Error("This file has no favourites: it is not JSON.");
  }
  if (!Array.isArray(list?.favourites ?? list)) throw new Error("This file has no favourites.");
  const found = (list.favourites ?? list).slice(0, MOST).map(({ title, z, image, picture }) => ({
    title: String(title ?? "").slice(0, LONGEST),
    z,
    image: Number.isInteger(image) && image >= 0 ? image : null,
    picture: typeof picture === "string" && picture.startsWith("data:image/png;base64,") ? picture : "",
  }));
  const fits = (z) => Array.isArray(z) && z.length === codeDim && z.every(Number.isFinite);
  if (!found.every(({ z }) => fits(z))) throw new Error(`These favourites belong to another model: this one has codes of ${codeDim} numbers.`);
  return found;
}

/** The favourites in a link: `title~z,z,z;title~…`, without pictures. @param {Favourite[]} list */
export function formatLink(list) {
  return list.map(({ title, z }) => `${encodeURIComponent(title)}~${z.map((value) => String(Number(value.toFixed(3)) || 0)).join(",")}`).join(";");
}

/** @param {string} text as from `formatLink` @param {number} codeDim @returns {Favourite[]} @throws {Error} it does not fit the model */
export function parseLink(text, codeDim) {
  const list = text.split(";").map((part) => {
    const end = part.lastIndexOf("~"); // a title may have one too
    const z = part.slice(end + 1).split(",").map((value) => (value ? Number(value) : NaN)); // prettier-ignore
    return { title: decoded(part.slice(0, Math.max(0, end))), z, image: null, picture: "" };
  });
  return parseFavourites(JSON.stringify(list), codeDim);
}

/** @param {string} text percent-encoded */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // cut off within a character
  }
}

/** The mean of their codes. @param {Favourite[]} list @returns {Float32Array} */
export function meanOf(list) {
  const mean = new Float32Array(list[0].z.length);
  for (const { z } of list) z.forEach((value, i) => (mean[i] += value / list.length));
  return mean;
}
