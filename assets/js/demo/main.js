/**
 * Opens the exported page with the data that `vae.formats.exporting.demo` wrote into it. The browser chooses the language.
 */

import { chosenLanguage, useLanguage } from "../core/language.js";
import { DemoPage } from "./page.js";

const root = /** @type {HTMLElement} */ (document.querySelector(".root"));
/** @type {import("./payload.js").Payload} */
const payload = JSON.parse(document.getElementById("payload").textContent);
const language = chosenLanguage(navigator.languages, Object.keys(payload.languages));
useLanguage(language, payload.languages[language] ?? {});
document.documentElement.lang = language;
Object.assign(root, { demo: new DemoPage(root, payload) });
