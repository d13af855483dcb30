/**
 * The controls of the map: colour, display (size, opacity, shapes, pictures, density), search, export.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { menuOf, opensBelow } from "../core/menu.js";
import { hasShapes, keepShapes } from "../core/shapes.js";

export class Controls {
  /**
   * @param {import("./colors.js").Coloring[]} choices
   * @param {number} count of points
   * @param {boolean} flat whether the map has two dimensions: only such a map has pictures, density and an SVG
   * @param {{onLook: () => void, onShapes: (on: boolean) => void, onPictures: (on: boolean) => void, onPresent: () => void, onSearch: (text: string) => void, onExport: (format: "png" | "svg") => void}} listeners
   */
  constructor(choices, count, flat, listeners) {
    this.choices = choices;
    // The fewer points, the larger they are drawn.
    this.look = { size: count > 30_000 ? 3 : count > 3000 ? 4.5 : 8, opacity: count > 30_000 ? 0.5 : 0.75, shapes: hasShapes(), density: false, dots: true };
    this.select = element("select", { "aria-label": t("Colour by") }, ...choices.map(({ id, title }) => element("option", { value: id, text: title })));
    this.select.addEventListener("change", () => listeners.onLook());
    const range = (name, label, least, most, step) => {
      const input = element("input", { type: "range", min: least, max: most, step, value: this.look[name], "aria-label": label });
      input.addEventListener("input", () => {
        this.look[name] = input.valueAsNumber;
        listeners.onLook();
      });
      return element("label", {}, label, input);
    };
    const toggle = (label, title, change, pressed = false) => {
      const button = element("button", { type: "button", text: label, title, "aria-pressed": String(pressed) });
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        change(on);
      });
      return button;
    };
    const search = element("input.search", { type: "search", placeholder: t("#1234 or a class"), "aria-label": t("Search a test image by number, or a class") });
    search.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") listeners.onSearch(search.value);
    });
    const savePng = element("button", { type: "button", text: t("Save {format}", { format: "PNG" }), title: t("Save the map as {format}", { format: "PNG" }), onclick: () => listeners.onExport("png") });
    const saveButton = element("button", { type: "button", text: t("Save ▾"), title: t("Save the map as a picture") });
    const saveMenu = menuOf(
      saveButton,
      t("Save"),
      /** @type {const} */ (["png", "svg"]).map((format) => ({
        text: t("Save {format}", { format: format.toUpperCase() }),
        title: t("Save the map as {format}", { format: format.toUpperCase() }),
        act: () => listeners.onExport(format),
      })),
    );
    const pictures = toggle(t("Pictures"), t("Show pictures instead of dots everywhere. When you zoom in, pictures appear automatically"), (on) => listeners.onPictures(on));
    const density = toggle(t("Density"), t("Show contours around the densest regions with 10, 30, 50, 70 and 90 % of the points"), (on) => {
      this.look.density = on;
      listeners.onLook();
    });
    const shapes = toggle(
      t("Shapes"),
      t("Draw groups in different shapes, as well as in different colours"),
      (on) => {
        this.look.shapes = on;
        keepShapes(on);
        listeners.onShapes(on);
        listeners.onLook();
      },
      this.look.shapes,
    );
    const displayButton = element("button", { type: "button", text: t("Display ▾"), title: t("Size, opacity and shapes of the points, pictures and density") });
    const display = element(
      "div.display",
      { popover: "auto", role: "group", "aria-label": t("Display") },
      range("size", t("Size"), 1, 14, 0.5),
      range("opacity", t("Opacity"), 0.05, 1, 0.05),
      element("div.toggles", {}, shapes, ...(flat ? [pictures, density] : [])),
    );
    opensBelow(displayButton, display);
    this.node = element(
      "div.controls",
      {},
      element("label", {}, t("Colour"), this.select),
      displayButton,
      display,
      search,
      element("span.gap"),
      ...(flat ? [saveButton, saveMenu] : [savePng]),
      element("button.present", { type: "button", text: t("Present"), title: t("Show on the full screen (P; Esc to leave)"), onclick: () => listeners.onPresent() }),
    );
  }

  get coloring() {
    return this.choices.find(({ id }) => id === this.select.value);
  }

  color(id) {
    this.select.value = id;
  }
}
