/** Arranges the panels of the Explore page. */

import { element } from "../core/dom.js";
import { isConditional, orderName } from "../core/labels.js";
import { t } from "../core/language.js";
import { missingMap } from "../core/missing_map.js";

const PAINTED = 200; // ms
const MANY = 20; // sliders, from which on they are narrower

/** @typedef {{node: HTMLElement}} Panel */

/**
 * @typedef {object} Panels
 * @property {Panel} tools @property {Panel} origin @property {Panel} meter @property {Panel} filmstrip @property {Panel} sliders @property {Panel} readout
 * @property {Panel} [plane] @property {Panel} [chips] @property {Panel} [sideMap] @property {Panel} [directions]
 */

/** Call a function when the browser has painted what is there now, or a little later if nothing is painted. @param {() => void} then */
function afterPaint(then) {
  requestAnimationFrame(() => setTimeout(then));
  setTimeout(then, PAINTED); // the tab may be hidden
}

/**
 * Show the picture with its origin and the toolbar, then the other panels: if the first picture is known, it does not wait
 * until they are laid out.
 *
 * @param {HTMLElement} root
 * @param {import("../core/messages.js").ExplorePage} page
 * @param {HTMLElement} frame of the picture
 * @param {Panels} panels
 * @param {() => void} makeMap
 * @returns {ResizeObserver} of the page's width
 */
export function arrange(root, { model, dimensions, map, directions: saved, picture }, frame, panels, makeMap) {
  const { tools, origin, meter, filmstrip, sliders, readout, plane, chips, sideMap, directions } = panels;
  const nodes = (...shown) => shown.filter(Boolean).map(({ node }) => node);
  const unmade = model.latentDim > 2 && !map;
  root.classList.toggle("two-dimensional", model.latentDim === 2);
  root.classList.toggle("with-map", Boolean(sideMap));
  root.classList.toggle("without-map", unmade);
  root.classList.toggle("conditional", isConditional(model));
  root.classList.toggle("many", dimensions.filter(({ active }) => active).length > MANY);
  const seen = element("section.card.seen", {}, frame, ...nodes(origin, meter));
  root.append(element("header.top", {}, element("h1", { text: t("Explore") }), tools.node), seen);
  const others = [
    ...(plane ? [element("div.card", {}, ...nodes(chips, plane))] : []),
    element(
      "section.card.latents",
      {},
      element("header", {}, element("h2", { text: t("Latent dimensions") }), element("span.aside", { text: orderName(model) })),
      ...nodes(plane ? null : chips, filmstrip, directions, sliders),
    ),
    ...(sideMap ? [element("div.card.map-card", {}, sideMap.node)] : []),
    ...(unmade ? [element("div.card.map-card", {}, missingMap(makeMap))] : []),
    readout.node,
  ];
  if (picture) afterPaint(() => !others[0].isConnected && seen.isConnected && seen.after(...others));
  else root.append(...others);
  root.style.setProperty("--rows", String(dimensions.filter(({ active }) => active).length + saved.length || 1));
  // By the width of the page, not of the window, which has the sidebar too.
  const fit = (/** @type {number} */ width) => {
    root.classList.toggle("narrow", width < 760);
    root.classList.toggle("wide", width >= 880);
    root.classList.toggle("compact", width >= 880 && width < 1040);
  };
  fit(root.clientWidth); // before the first picture is shown
  const resizer = new ResizeObserver(([{ contentRect: { width } }]) => fit(width));
  resizer.observe(root);
  return resizer;
}
