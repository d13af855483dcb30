/**
 * Spot the bug: lines of code of which one is wrong. A click on a line gives the answer, then both versions are compared.
 */

import { element } from "../core/dom.js";
import { comparison } from "./comparison.js";

export class MistakeCard {
  /**
   * @param {import("../core/messages.js").LearnMistake} mistake
   * @param {(box: HTMLElement, figure: import("../core/messages.js").LearnFigure) => void} showFigure
   * @param {import("./small_models.js").LearnFiles} files
   */
  constructor(mistake, showFigure, files) {
    this.mistake = mistake;
    this.showFigure = showFigure;
    this.files = files;
    this.verdict = element("p.verdict-of-line", { role: "status", text: mistake.lines.length > 1 ? "Select the wrong line." : "Select the line to see what is wrong." });
    this.lines = mistake.lines.map((line, index) => element("button.line", { type: "button", onclick: () => this.#guess(index) }, element("code", { text: line })));
    this.answer = element("div.answer", { hidden: true });
    this.node = element(
      "section.card.mistake",
      { "data-mistake": mistake.id },
      element("h3", { text: mistake.title }),
      element("div.lines", { role: "group", "aria-label": "Lines of code" }, ...this.lines),
      element("div.row", {}, this.verdict, element("button.show", { type: "button", text: "Show the answer", onclick: () => this.#solve() })),
      this.answer,
    );
  }

  #guess(index) {
    if (index === this.mistake.wrong) return this.#solve("Yes, this line is wrong.");
    this.lines[index].classList.add("fine");
    this.verdict.textContent = "This line is right. Select another.";
  }

  #solve(verdict = "This line is wrong.") {
    const { mistake } = this;
    if (!this.answer.hidden) return;
    this.verdict.textContent = verdict;
    this.node.dataset.solved = "true";
    this.node.querySelector(".show").remove();
    for (const [index, line] of this.lines.entries()) line.classList.toggle("bad", index === mistake.wrong);
    const right = element("div.lines.right", {}, ...mistake.right.map((line) => element("code", { text: line })));
    this.answer.append(element("p", { text: mistake.explanation }), element("h4", { text: "Right" }), right);
    if (mistake.models.length) this.answer.append(comparison(mistake.models, this.files));
    if (mistake.figure) {
      const box = element("div.figure-of-mistake");
      this.answer.append(box);
      this.showFigure(box, mistake.figure);
    }
    this.answer.hidden = false;
  }
}
