/**
 * The notice in place of a map that does not exist yet.
 */

import { element } from "./dom.js";

/** @param {() => void} onMake opens the Map page, which makes the map */
export function missingMap(onMake) {
  return element(
    "section.no-map",
    {},
    element("h2", { text: "Map" }),
    element("p.aside", { text: "This model has no map yet. Make one on the Map page." }),
    element("button", { type: "button", text: "Make map", onclick: onMake }),
  );
}
