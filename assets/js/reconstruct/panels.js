/** Arranges the panels of the Reconstruct page. */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

/** @typedef {{node: HTMLElement}} Panel */

/**
 * @typedef {object} Panels
 * @property {Panel} status @property {Panel} connection
 * @property {Panel} table @property {import("./input.js").PictureInput} input @property {Panel} result
 * @property {Panel} [draws] @property {Panel} nearest @property {Panel} code @property {Panel} repair @property {Panel} readout
 */

/**
 * @param {HTMLElement} root
 * @param {Panels} panels
 * @param {HTMLElement} toolbar
 * @param {HTMLElement} map the side map, or its replacement
 * @returns {{ofPicture: HTMLElement[], resizer: ResizeObserver}} the panels that need a picture; the observer of the page's width
 */
export function arrange(root, panels, toolbar, map) {
  const { status, connection, table, input, result, draws, nearest, code, repair, readout } = panels;
  const mapCard = element("section.card.map-card", {}, map);
  const strips = element("div.both-strips", {}, ...(draws ? [draws.node] : []), nearest.node);
  root.classList.add("reconstruct");
  root.replaceChildren(
    element("header.top", {}, element("h1", { text: t("Reconstruct") }), toolbar, status.node, connection.node),
    table.node,
    input.node,
    result.node,
    mapCard,
    input.steps.node,
    strips,
    code.node,
    repair.node,
    readout.node,
  );
  const resizer = new ResizeObserver(([{ contentRect: { width } }]) => {
    root.classList.toggle("narrow", width < 700);
    root.classList.toggle("wide", width >= 1000);
  });
  resizer.observe(root);
  return { ofPicture: [mapCard, strips, code.node, repair.node], resizer };
}
