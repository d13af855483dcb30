/**
 * What stands in the place of a map that is not made yet.
 */

import { element } from "./dom.js";

/** @param {() => void} onMake go to the Map page, which makes it */
export function missingMap(onMake) {
  return element(
    "section.no-map",
    {},
    element("h2", { text: "Map" }),
    element("p.aside", { text: "There is no map of this model yet. The Map page makes one from all images." }),
    element("button", { type: "button", text: "Make map", onclick: onMake }),
  );
}
