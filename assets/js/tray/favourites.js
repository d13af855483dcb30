/**
 * The favourites of a model: points that the user has saved, each with a title and a small picture. This browser keeps them, by
 * the hash of the model's networks: another version of the model has favourites of its own.
 */

import { t } from "../core/language.js";
import { browserStorage } from "../core/storage.js";

const PREFIX = "zscope-favourites/";
const LARGEST = 1000; // of a number of a code, as in links
export const MOST = 200; // favourites of a model
export const LONGEST = 60; // characters of a title

/** @typedef {Pick<import("../core/messages.js").TrayModel, "version" | "latentDim" | "codeDim">} Model */

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

  /** @param {Model} model @param {Pick<Storage, "getItem" | "setItem">} [storage] */
  constructor(model, storage = browserStorage()) {
    super();
    this.key = PREFIX + model.version;
    this.model = model;
    this.storage = storage;
    this.read();
  }

  /** Read them again: another tab may have changed them. */
  read() {
    const text = this.storage.getItem(this.key) ?? "[]";
    try {
      this.list = checked(JSON.parse(text), this.model);
    } catch {
      this.list = [];
      this.#write(`${this.key}/damaged`, text); // the next change would replace it
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Favourite[]} added @throws {Error} there are too many, or the browser has no space */
  add(...added) {
    if (this.list.length + added.length > MOST) throw new Error(t("A model has at most {most} favourites. Delete some first.", { most: MOST }));
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
    this.#write(this.key, JSON.stringify(list));
    this.list = list;
    this.dispatchEvent(new Event("change"));
  }

  #write(key, text) {
    try {
      this.storage.setItem(key, text);
    } catch {
      throw new Error(t("The browser has no space for more favourites. Delete some, or allow this page to store data."));
    }
  }
}

/** The text of a file. @param {Favourite[]} list @param {{id: string, version: string}} model */
export function formatFile(list, { id, version }) {
  return JSON.stringify({ model: id, version, favourites: list.map(({ title, z }) => ({ title, z })) }, null, 1);
}

/** The favourites of a file, without pictures. @param {string} text @param {Model} model @returns {Favourite[]} @throws {Error} it has none of this model */
export function parseFile(text, model) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Error(t("This file has no favourites: it is not JSON."));
  }
  if (!Array.isArray(file?.favourites)) throw new Error(t("This file has no favourites."));
  if (file.version !== model.version) throw otherModel(String(file.model ?? ""));
  if (file.favourites.length > MOST) throw new Error(t("This file has {n} favourites; the limit is {most}.", { n: file.favourites.length, most: MOST }));
  return withoutOrigin(checked(file.favourites, model));
}

/** The favourites in the address of a link: `model~version~title~z,z,z~title~…`, without pictures. @param {Favourite[]} list @param {{id: string, version: string}} model */
export function formatLink(list, { id, version }) {
  const numbers = (z) => z.map((value) => String(Number(value.toFixed(3)) || 0)).join(",");
  return [id, version.slice(0, SHORT), ...list.flatMap(({ title, z }) => [title.replaceAll("~", "-"), numbers(z)])].join("~");
}

/** @param {string} text as from `formatLink` @param {Model} model @returns {Favourite[]} @throws {Error} it has none of this model */
export function parseLink(text, model) {
  const [id, version, ...parts] = text.split("~");
  if (version !== model.version.slice(0, SHORT)) throw otherModel(id);
  const list = Array.from({ length: Math.min(MOST, parts.length / 2) }, (_, i) => ({
    title: parts[2 * i],
    z: parts[2 * i + 1].split(",").map((value) => (value ? Number(value) : NaN)),
  }));
  return withoutOrigin(checked(list, model));
}

const SHORT = 12; // characters of the version in a link

/** @param {unknown} list @param {Model} model @returns {Favourite[]} @throws {Error} a code does not fit the model */
function checked(list, { latentDim, codeDim }) {
  if (!Array.isArray(list)) throw new Error(t("These are no favourites."));
  return list.slice(0, MOST).map((one) => {
    const { title, z, image, picture } = Object(one);
    const fits = Array.isArray(z) && z.length === codeDim && z.every((value) => Number.isFinite(value) && Math.abs(value) <= LARGEST);
    const weights = fits ? z.slice(latentDim) : [];
    const sum = weights.reduce((total, value) => total + value, 0);
    // Links have three decimals, so weights of 1/3 add up to a little less than 1.
    const weighted = !weights.length || (Math.min(...weights) >= 0 && Math.abs(sum - 1) <= 0.001 * (weights.length + 1));
    if (!fits || !weighted) throw new Error(t("A favourite does not fit this model: its code is damaged."));
    return {
      title: String(title ?? "").slice(0, LONGEST),
      z,
      image: Number.isInteger(image) && image >= 0 ? image : null,
      picture: typeof picture === "string" && picture.startsWith("data:image/png;base64,") ? picture : "",
    };
  });
}

/** Without what only this browser can know: the picture is decoded anew. @param {Favourite[]} list */
function withoutOrigin(list) {
  return list.map(({ title, z }) => ({ title, z, image: null, picture: "" }));
}

/** @param {string} id */
function otherModel(id) {
  const text = id
    ? t("These favourites belong to the model “{id}”, or to another version of it. Open that model first.", { id })
    : t("These favourites belong to another model, or to another version of it. Open that model first.");
  return new Error(text);
}

/** The mean of their codes. @param {Favourite[]} list @returns {Float32Array} */
export function meanOf(list) {
  const mean = new Float32Array(list[0].z.length);
  for (const { z } of list) z.forEach((value, i) => (mean[i] += value / list.length));
  return mean;
}
