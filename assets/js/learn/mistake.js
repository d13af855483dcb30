/**
 * Spot the bug: lines of code of which one or more are wrong. A click on a wrong line gives the answer and compares both
 * versions.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
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
    this.verdict = element("p.verdict-of-line", { role: "status", text: t("Select a wrong line.") });
    this.lines = mistake.lines.map((line, index) => element("button.line", { type: "button", onclick: () => this.#guess(index) }, element("code", { text: line })));
    this.answer = element("div.answer", { hidden: true });
    this.node = element(
      "section.card.mistake",
      { "data-mistake": mistake.id },
      element("h3", { text: mistake.title }),
      element("div.lines", { role: "group", "aria-label": t("Lines of code") }, ...this.lines),
      element("div.row", {}, this.verdict, element("button.show", { type: "button", text: t("Show the answer"), onclick: () => this.#solve() })),
      this.answer,
    );
  }

  #guess(index) {
    if (this.mistake.wrong.includes(index)) return this.#solve(t("Yes, this line is wrong."));
    this.lines[index].classList.add("fine");
    this.verdict.textContent = t("This line is right. Select another.");
  }

  #solve(verdict = t("The marked line is wrong.")) {
    const { mistake } = this;
    if (!this.answer.hidden) return;
    this.verdict.textContent = mistake.wrong.length > 1 ? t("The marked lines are wrong.") : verdict;
    this.node.dataset.solved = "true";
    this.node.querySelector(".show").remove();
    for (const [index, line] of this.lines.entries()) line.classList.toggle("bad", mistake.wrong.includes(index));
    const right = element("div.lines.right", {}, ...mistake.right.map((line) => element("code", { text: line })));
    this.answer.append(element("p", { text: mistake.explanation }), element("h4", { text: t("Right") }), right);
    if (mistake.models.length) this.answer.append(comparison(mistake.models, this.files));
    if (mistake.figure) {
      const box = element("div.figure-of-mistake");
      this.answer.append(box);
      this.showFigure(box, mistake.figure);
    }
    this.answer.hidden = false;
  }
}
