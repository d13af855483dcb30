/**
 * The figures of a chapter, or one of its mistakes.
 */

import { element } from "../core/dom.js";
import { t } from "../core/language.js";
import { makeFigure } from "./figure.js";
import { MistakeCard } from "./mistake.js";
import { LearnFiles } from "./small_models.js";

export class LearnView {
  #figures = [];
  #gone = false;

  /** @param {HTMLElement} root @param {import("../core/messages.js").LearnPage} page */
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.files = new LearnFiles(page.url);
    root.classList.add("learn");
    this.node = element("div.figures-of-chapter");
    root.replaceChildren(this.node);
    if (page.mistake) this.node.append(new MistakeCard(page.mistake, (box, figure) => this.#show(box, figure), this.files).node);
    // A link at the end of a chapter opens the next one, which begins at the top.
    if (page.figures.length) document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 });
    for (const figure of page.figures) {
      const box = element("section.card");
      this.node.append(box);
      this.#show(box, figure);
    }
  }

  destroy() {
    this.#gone = true;
    for (const figure of this.#figures) figure.destroy();
  }

  /** @param {HTMLElement} box @param {import("../core/messages.js").LearnFigure} figure */
  async #show(box, { name, options }) {
    box.dataset.figure = name;
    box.append(element("p.aside", { text: t("Loading the figure …") }));
    try {
      const made = await makeFigure(name, { files: this.files, colors: this.page.colors, options });
      if (this.#gone) return made.destroy();
      this.#figures.push(made);
      box.replaceChildren(made.node);
      await made.ready;
      box.dataset.ready = "true";
    } catch (error) {
      box.replaceChildren(element("p", { role: "alert", text: t("Can't show this figure: {reason}. Reload the page.", { reason: error.message }) }));
    }
  }
}
