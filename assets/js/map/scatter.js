/**
 * A scatter plot of the points by Plotly's WebGL traces, one per group: what plots of two and three dimensions have in common.
 */

import { colorRange, groupColors } from "./colors.js";
import { plotlyLanguage, plotlyText } from "./plotly.js";
import { shapeOf } from "../core/shapes.js";

const TITLE_HEIGHT = 58; // pixels of the numbers and the title below the horizontal axis

/** @typedef {{size: number, opacity: number, shapes: boolean, density: object | null, dots: boolean, axes: string[], ticks: boolean}} Look */

export class Scatter {
  #drawn = false;
  /** @type {number[][]} the points of each trace, by the trace's number */
  members = [];

  /**
   * @param {PlotlyLibrary} Plotly
   * @param {HTMLElement} node
   * @param {string[]} palette of the classes
   */
  constructor(Plotly, node, palette) {
    this.Plotly = Plotly;
    this.node = /** @type {PlotlyElement} */ (node);
    this.palette = palette;
    /** @type {Set<number>} groups that are hidden by the legend */
    this.hidden = new Set();
  }

  /** @param {import("../core/points.js").Points} points @param {import("./colors.js").Coloring} coloring @param {Look} look */
  async draw(points, coloring, look) {
    if (this.coloring?.id !== coloring.id) this.hidden.clear();
    this.points = points;
    this.coloring = coloring;
    this.look = look;
    const first = !this.#drawn;
    this.#drawn = true; // from now on there is a plot to remove
    await this.Plotly.react(this.node, this.traces(), this.layout(), { scrollZoom: true, displaylogo: false, displayModeBar: true, modeBarButtons: [this.buttons()], ...plotlyLanguage() });
    if (first && this.#drawn) this.listen();
  }

  /** Whether a point is not hidden by the legend. @param {number} index */
  shows(index) {
    return !this.coloring.groups || !this.hidden.has(this.coloring.of(index));
  }

  /** Show one group, the others greyed out in the legend. @param {number} group */
  only(group) {
    const groups = this.node.data.map((trace) => trace.meta);
    const shown = groups.map((meta) => meta === undefined || meta === group || "legendonly");
    return this.Plotly.restyle(this.node, { visible: shown });
  }

  resize() {
    if (this.#drawn && this.node.checkVisibility()) this.Plotly.Plots.resize(this.node); // not after the page was left
  }

  /** @param {"png" | "svg"} format @param {string} filename */
  download(format, filename) {
    const { clientWidth: width, clientHeight: height } = this.node;
    return this.Plotly.downloadImage(this.node, { format, filename, width, height, scale: format === "png" ? 2 : 1 });
  }

  destroy() {
    if (this.#drawn) this.Plotly.purge(this.node);
    this.#drawn = false;
  }

  /** Called when the plot is drawn the first time. */
  listen() {
    this.node.on("plotly_restyle", () => this.readHidden());
  }

  readHidden() {
    this.hidden = new Set(this.node.data.filter((trace) => trace.visible === "legendonly").map((trace) => trace.meta));
  }

  /** Names of Plotly's buttons. @returns {string[]} */
  buttons() {
    return [];
  }

  /** What all traces of points have. @returns {{marker: object, [key: string]: unknown}} */
  common() {
    const { look } = this;
    return { mode: "markers", marker: { size: look.size, opacity: look.dots ? look.opacity : 0 } };
  }

  /** The name of a shape in this kind of plot. @param {import("../core/shapes.js").Shape} shape */
  symbol({ flat }) {
    return flat;
  }

  /** @returns {object[]} */
  traces() {
    const { points, coloring, look } = this;
    const { marker, ...common } = this.common();
    if (!coloring.groups) {
      const values = Float32Array.from({ length: points.count }, (_, i) => coloring.of(i));
      const [cmin, cmax] = colorRange(values);
      const colorbar = { title: { text: coloring.unit, side: "right" }, thickness: 10, outlinewidth: 0 };
      this.members = [Array.from(values.keys())];
      // Cividis, which looks similar with and without a colour vision deficiency (Nuñez et al. 2018).
      return [{ ...common, ...coordinates(points), marker: { ...marker, color: values, colorscale: "Cividis", cmin, cmax, colorbar }, showlegend: false }];
    }
    const colors = groupColors(coloring, this.palette);
    const members = coloring.groups.map(() => []);
    for (let i = 0; i < points.count; i++) members[coloring.of(i)]?.push(i);
    const groups = Array.from(members.keys()).filter((group) => members[group].length);
    this.members = groups.map((group) => members[group]);
    return groups.map((group) => ({
      ...common,
      ...coordinates(points, members[group]),
      name: plotlyText(coloring.groups[group]),
      meta: group,
      visible: this.hidden.has(group) ? "legendonly" : true,
      marker: { ...marker, color: colors[group % colors.length], symbol: look.shapes ? this.symbol(shapeOf(group, colors.length)) : "circle" },
    }));
  }

  /** What the layouts have in common. @returns {object} */
  layout() {
    const text = this.styled("--st-text-color", "#888");
    const { look } = this;
    const narrow = this.node.clientWidth < 620;
    const legendPlace = narrow ? { orientation: "h", x: 0, y: look.ticks ? -TITLE_HEIGHT / Math.max(1, this.node.clientHeight) : -0.03 } : { orientation: "v", x: 1.01, y: 0.93 };
    return {
      uirevision: "view", // a new colouring keeps the view
      showlegend: Boolean(this.coloring.groups),
      modebar: { color: text, activecolor: this.styled("--st-primary-color", "#5eead4"), bgcolor: "rgba(0,0,0,0)" },
      legend: { itemsizing: "constant", font: { size: 12 }, ...legendPlace },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text, family: getComputedStyle(this.node).fontFamily },
    };
  }

  /** A colour of the theme. @param {string} name @param {string} otherwise */
  styled(name, otherwise) {
    return getComputedStyle(this.node).getPropertyValue(name) || otherwise;
  }
}

/** In the form that Plotly expects: x, y, and z if there is one. @param {import("../core/points.js").Points} points @param {number[]} [members] */
function coordinates({ places, components, count }, members) {
  const column = (axis) => Float32Array.from({ length: members ? members.length : count }, (_, k) => places[components * (members ? members[k] : k) + axis]);
  return { x: column(0), y: column(1), ...(components === 3 && { z: column(2) }) };
}
