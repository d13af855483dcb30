/**
 * Errors as the server describes them: `{code, message, mend}` (`zscope/serving/http_errors.py`).
 */

import { t } from "./language.js";


/** @param {import("./messages.js").Fault} fault @returns {Error} */
export function errorOf({ message, mend }) {
  return new Error(mend ? `${message} ${mend}` : message);
}

/** The error of an answer that is not good. @param {Response} response @returns {Promise<Error>} */
export async function failureOf(response) {
  const fault = await response.json().catch(() => null); // a proxy answers with a page of its own
  return typeof fault?.message === "string" ? errorOf(fault) : new Error(t("The server answered {status}.", { status: response.status }));
}
