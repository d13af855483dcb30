/**
 * The notice in place of a map that does not exist yet.
 */

import { element } from "./dom.js";
import { t } from "./language.js";

/** @param {() => void} onMake opens the Map page, which makes the map */
export function missingMap(onMake) {
  return element(
    "section.no-map",
    {},
    element("h2", { text: t("Map") }),
    element("p.aside", { text: t("This model has no map yet. Make one on the Map page.") }),
    element("button", { type: "button", text: t("Make map"), onclick: onMake }),
  );
}
