/** Copies text. */

import { t } from "./language.js";

/** @param {string} text @throws {Error} the browser does not allow it */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text); // missing on pages over HTTP that are not on localhost
  } catch {
    throw new Error(t("The browser does not allow this page to copy. Open it at localhost or over HTTPS."));
  }
}
