/** Loads the translations of a language. Exported pages contain theirs, and no request. */

import { SOURCE, currentLanguage, useLanguage } from "./language.js";

/** @typedef {import("./language.js").Catalogue} Catalogue */

let wanted = SOURCE;
/** @type {Map<string, Promise<Catalogue | null>>} by language */
const loads = new Map();

/**
 * Change the language. Nothing is loaded for English. If the translations cannot be loaded, the interface is English.
 *
 * @param {string | undefined} tag
 * @param {string} base path of the app, in which the translations are
 */
export async function setLanguage(tag = SOURCE, base = "") {
  wanted = tag;
  if (tag === currentLanguage()) return;
  const texts = tag === SOURCE ? {} : await loaded(tag, base);
  if (wanted === tag) useLanguage(texts ? tag : SOURCE, texts ?? {}); // otherwise it was changed again
}

/** @param {string} tag @param {string} base @returns {Promise<Catalogue | null>} */
function loaded(tag, base) {
  if (!loads.has(tag)) loads.set(tag, fetchCatalogue(tag, `${base}/assets/languages/${tag}/messages.json`));
  return loads.get(tag);
}

/** @param {string} tag @param {string} url @returns {Promise<Catalogue | null>} */
async function fetchCatalogue(tag, url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await answer.json();
  } catch (error) {
    console.error(`Can't load ${url}: ${error}`);
    loads.delete(tag); // the next view tries again
    return null;
  }
}
