/**
 * Errors as the server describes them: `{code, message, mend}` and what message and mend were made from, in English
 * (`zscope/serving/http_errors.py`).
 */

import { currentLanguage, sentence, sentences, t, tn } from "./language.js";

/** @typedef {import("./messages.js").MessageParts} MessageParts */

/** An error in the language of the page: what happened, and what to do. @param {Pick<import("./messages.js").Fault, "message" | "mend" | "parts" | "mendParts">} fault @returns {string} */
export function faultText({ message, mend, parts, mendParts }) {
  return sentences(translated(message, parts), translated(mend, mendParts));
}

/** @param {import("./messages.js").Fault} fault @returns {Error} */
export function errorOf(fault) {
  return new Error(faultText(fault));
}

/** The error of an answer that is not good. @param {Response} response @returns {Promise<Error>} */
export async function failureOf(response) {
  const fault = await response.json().catch(() => null); // a proxy answers with a page of its own
  return typeof fault?.message === "string" ? errorOf(fault) : new Error(t("The server answered {status}.", { status: response.status }));
}

/** What happened as a sentence, and what to do unless the error says it itself. @param {Error} error @param {string} advice a sentence */
export function withAdvice(error, advice) {
  const text = sentence(error.message);
  return text.endsWith(advice) ? text : sentences(text, advice);
}

/** @param {string} text @param {MessageParts} [parts] missing: the text has no values @returns {string} */
function translated(text, parts) {
  if (!text || currentLanguage() === "en") return text;
  return parts ? filled(parts) : t(text);
}

/** @param {MessageParts} parts @returns {string} */
function filled({ template, values = {}, plural }) {
  /** @param {unknown} value */
  const worded = (value) => (typeof value === "object" ? filled(/** @type {MessageParts} */ (value)) : value);
  const words = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, worded(value)]));
  return plural ? tn(template, plural, Number(values.n), words) : t(template, words);
}
