/** Arranges the panels of the Interpolate page. */

import { element } from "../core/dom.js";

/** @typedef {{node: HTMLElement}} Panel */

/**
 * @typedef {object} Panels
 * @property {Panel} status @property {Panel} connection
 * @property {import("./stops.js").Stops} stops
 * @property {Panel} playback @property {Panel[]} rows @property {Panel} corners @property {import("./export.js").Export} export @property {Panel} readout
 */

/**
 * @param {HTMLElement} root
 * @param {Panels} panels
 * @param {HTMLElement[]} views buttons that choose the view
 * @param {HTMLElement | null} between control of what changes; null: the model is not conditional
 * @param {HTMLElement} map the map of the paths, or its replacement
 * @returns {ResizeObserver} of the page's width
 */
export function arrange(root, panels, views, between, map) {
  const { status, connection, stops, playback, rows, corners, export: exporting, readout } = panels;
  root.classList.add("paths");
  root.replaceChildren(
    status.node,
    connection.node,
    element(
      "div.toolbar.views",
      {},
      element("h1", { text: "Interpolate" }),
      element("span.pair.switch", { role: "group", "aria-label": "View" }, ...views),
      element("span.gap"),
      ...(between ? [between] : []),
      stops.addButton,
      element("button", { type: "button", text: "↓ Export", title: "Go to the settings of the export, below the map", onclick: () => exporting.open() }),
      element("button", { type: "button", text: "⇄ Reverse", title: "Reverse the order of the stops (R)", onclick: () => stops.reverse() }),
    ),
    playback.node,
    element("div.rows", {}, ...rows.map(({ node }) => node), corners.node),
    stops.node,
    element("div.below", {}, map, exporting.node),
    readout.node,
  );
  const resizer = new ResizeObserver(([{ contentRect }]) => {
    root.classList.toggle("narrow", contentRect.width < 700);
    root.classList.toggle("roomy", contentRect.width >= 880);
  });
  resizer.observe(root);
  return resizer;
}
