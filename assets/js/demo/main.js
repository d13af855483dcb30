/**
 * Opens the exported page with the data that `vae.formats.exporting.demo` wrote into it.
 */

import { DemoPage } from "./page.js";

const root = /** @type {HTMLElement} */ (document.querySelector(".root"));
Object.assign(root, { demo: new DemoPage(root, JSON.parse(document.getElementById("payload").textContent)) });
