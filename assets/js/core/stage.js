/**
 * Stage mode: a page without Streamlit's sidebar and header, on the full screen where the browser allows it, otherwise in the
 * whole window. It lasts while pages change. Explore and Map have a layout of their own for it (`presentation.js`).
 */

class Stage extends EventTarget {
  on = false;
  #walking = false;
  #own = 0; // views with a layout of their own

  #listens = false;
  #stays = false; // although the browser leaves the full screen

  /** Whether a talk runs: then arrow keys walk through its scenes, no slider is focused, and the lower edge is free for the title. */
  get walking() {
    return this.on && this.#walking;
  }

  set walking(on) {
    this.#walking = on;
    this.#mark();
  }

  show(on = !this.on) {
    if (on === this.on) return;
    this.on = on;
    if (on) {
      if (!this.#listens) document.addEventListener("fullscreenchange", () => document.fullscreenElement || this.#stays || this.show(false));
      this.#listens = true;
      this.fill();
    } else if (document.fullscreenElement) document.exitFullscreen();
    this.#mark();
    this.dispatchEvent(new Event("change"));
  }

  /** Use the full screen. A browser may refuse, for example in a frame; the page then fills the window. */
  fill() {
    document.documentElement.requestFullscreen?.().catch(() => {});
  }

  /** Call a function that opens a window, for which browsers leave the full screen; the page still fills its window. @param {() => void} open */
  keepOn(open) {
    this.#stays = true;
    setTimeout(() => (this.#stays = false), 2000);
    open();
  }

  /** A view with a layout of its own comes, or is left. @param {1 | -1} change */
  count(change) {
    this.#own += change;
    this.#mark();
  }

  /** For the style of the frame around the pages, `zscope/ui/shell.py`. */
  #mark() {
    const { dataset } = document.documentElement;
    if (this.on) dataset.zsStage = this.#own ? "own" : "page";
    else delete dataset.zsStage;
    document.documentElement.toggleAttribute("data-zs-walking", this.walking);
  }
}

export const stage = new Stage();
