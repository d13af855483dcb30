/** The browser's storage for this site. */

/** @type {Map<string, string>} for browsers that allow no storage: it lasts as long as the document */
const kept = new Map();
const temporary = {
  /** @param {string} key */
  getItem: (key) => kept.get(key) ?? null,
  /** @param {string} key @param {string} text */
  setItem: (key, text) => void kept.set(key, text),
};

/** @returns {Pick<Storage, "getItem" | "setItem">} */
export function browserStorage() {
  try {
    return localStorage; // it may be forbidden, or not exist
  } catch {
    return temporary;
  }
}
