/** Tells the document its language, and keeps the user's choice in a cookie for the next visit. */

const YEAR = 365 * 24 * 3600;

/** @param {StreamlitComponent<import("../core/messages.js").LanguagePage>} component */
export function mount({ data }) {
  document.documentElement.lang = data.language;
  if (data.chosen) document.cookie = `${data.cookie}=${data.chosen}; path=${data.base || "/"}; max-age=${YEAR}; samesite=lax`;
}

/** The document keeps its language. */
export function unmount() {}
