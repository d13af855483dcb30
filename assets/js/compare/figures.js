/**
 * The figures of both models in one table.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";

/** @param {import("../core/messages.js").ComparedFigure[]} figures @param {string} titleA @param {string} titleB */
export function figuresCard(figures, titleA, titleB) {
  const notes = new Map(); // note → its mark
  for (const { note } of figures) if (note && !notes.has(note)) notes.set(note, "abcdefgh"[notes.size] ?? "…");
  const cell = (text, better) => element(`td${better ? ".better" : ""}`, {}, better ? element("b", { text: `✓ ${text}`, title: t("Better by more than two standard errors") }) : text);
  const rows = figures.map(({ name, a, b, difference, paired, better, note }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", text: name }),
      cell(a, better === "a"),
      cell(b, better === "b"),
      element("td", {}, note ? element("span.aside", { text: t("not compared") }) : difference, ...(note ? [element("sup", { text: notes.get(note) })] : paired ? [element("sup", { text: "*" })] : [])),
    ),
  );
  const head = ["", `A · ${titleA}`, `B · ${titleB}`, "B − A"].map((text) => element("th", { scope: "col", text }));
  const footnotes = Array.from(notes, ([note, mark]) => element("li", {}, element("sup", { text: mark }), ` ${note}`));
    const pairs = figures.some(({ paired }) => paired) ? element("li", {}, element("sup", { text: "*" }), ` ${t("standard error of the paired differences of the images")}`) : null;
  return element(
    "section.card.figures",
    {},
    element("header", {}, element("h2", { text: t("Figures on the test images") })),
    element("div.table-frame", {}, element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows))),
    element("p.aside", { text: pairs ? t("±: one standard error. ✓: better by more than two standard errors. Standard errors of differences assume independent measurements, except those with a star.") : t("±: one standard error. ✓: better by more than two standard errors. Standard errors of differences assume independent measurements.") }),
    element("ul.notes.aside", {}, ...(pairs ? [pairs] : []), ...footnotes),
  );
}
