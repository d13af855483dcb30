/**
 * The film of a run: the same pictures after every epoch, with a slider. `mount` is called at every run of the script, with
 * more frames each time while the run trains. The film of a finished run ends on the epoch that was kept.
 */

import { setLanguage } from "../core/catalogue.js";
import { t } from "../core/language.js";

const KINDS = ["reconstructions", "codes"];
const FRAME_MS = 160; // of the player
const STYLE = `
.root { font: 0.9rem var(--st-font, system-ui); color: var(--st-text-color); }
.pictures { display: grid; grid-template-columns: 1fr; gap: 0.75rem; }
figure { margin: 0; }
figcaption { opacity: 0.7; font-size: 0.82rem; margin-bottom: 0.3rem; }
img { display: block; width: 100%; image-rendering: pixelated; border-radius: 6px; background: #000; }
img.plane { max-width: 26rem; }
img.smooth { image-rendering: auto; }
.controls { display: flex; align-items: center; gap: 0.75rem; margin-bottom: 0.75rem; }
input { flex: 1; min-width: 4rem; accent-color: var(--st-primary-color); }
output { min-width: 10.5em; font-variant-numeric: tabular-nums; text-align: right; }
button { font: inherit; color: inherit; background: var(--st-secondary-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: 0.25rem 0.8rem; min-width: 4.6em; }
button:hover, button:focus-visible { border-color: var(--st-primary-color); }
`;

/** The last frame of a film: the kept epoch of a finished run, else the newest. */
export function lastOf(epochs, kept) {
  return epochs.includes(kept) ? kept : epochs.at(-1);
}

/** The frame to show when the list has grown: the newest if the newest was shown, else the same. */
export function follow(before, after, shown, kept) {
  const scrubbed = shown !== undefined && shown !== before.at(-1) && after.includes(shown);
  return scrubbed ? shown : lastOf(after, kept);
}

/** What a frame shows. @param {number} epoch 0: before training @param {number} total @param {boolean} kept whether the model is that of this epoch */
function titleOf(epoch, total, kept) {
  if (!epoch) return kept ? t("before training, kept") : t("before training");
  return kept ? t("epoch {epoch} of {total}, kept", { epoch, total }) : t("epoch {epoch} of {total}", { epoch, total });
}

export function frameUrl({ base, run, version }, epoch, kind) {
  return `${base}/content/runs/${run}/film/${epoch}/${kind}?v=${encodeURIComponent(version)}`;
}

class Film {
  #epochs = [];
  #shown;
  #timer = 0;
  #loaded = new Map(); // URL → Image, so that scrubbing back is immediate

  constructor(root) {
    this.play = node("button", { type: "button", textContent: t("Play"), onclick: () => this.#toggle() });
    this.slider = node("input", { type: "range", min: 0, step: 1, ariaLabel: t("Epoch") });
    this.slider.addEventListener("input", () => {
      this.#stop();
      this.#show(this.#epochs[this.slider.valueAsNumber]);
    });
    this.epoch = node("output", {});
    const controls = node("div", { className: "controls" }, this.play, this.slider, this.epoch);
    this.images = {};
    this.captions = {};
    const figures = KINDS.map((kind) => {
      this.captions[kind] = node("figcaption", {});
      this.images[kind] = node("img", { alt: { reconstructions: t("reconstructions"), codes: t("codes") }[kind] });
      return node("figure", {}, this.captions[kind], this.images[kind]);
    });
    root.replaceChildren(node("style", { textContent: STYLE }), controls, node("div", { className: "pictures" }, ...figures));
  }

  update(data) {
    const other = this.data?.run !== data.run || this.data?.version !== data.version;
    if (other) this.#stop();
    const before = other ? [] : this.#epochs;
    this.data = data;
    this.#epochs = data.epochs;
    this.slider.max = data.epochs.length - 1;
    for (const kind of KINDS) this.captions[kind].textContent = data.captions[kind];
    // A finished run gets no more frames: its newest frame may stay on display.
    const isOver = !other && this.kept != null;
    this.kept = data.kept;
    this.#show(isOver ? this.#shown : follow(before, data.epochs, other ? undefined : this.#shown, data.kept));
  }

  destroy() {
    this.#stop();
  }

  #show(epoch) {
    this.#shown = epoch;
    this.slider.value = this.#epochs.indexOf(epoch);
    this.epoch.value = titleOf(epoch, this.data.total, epoch === this.kept);
    for (const kind of KINDS) {
      const url = frameUrl(this.data, epoch, kind);
      const shown = this.images[kind];
      shown.dataset.url = url;
      const picture = this.#load(url);
      // The old frame stays until the new one is decoded, to avoid flicker. A newer request cancels this one.
      picture.decode().then(() => {
        if (shown.dataset.url !== url) return;
        shown.src = url;
        shown.classList.toggle("smooth", picture.naturalWidth > 1200);
        shown.classList.toggle("plane", picture.naturalHeight > picture.naturalWidth * 0.8);
        shown.dataset.epoch = epoch;
      }, () => {});
    }
  }

  #load(url) {
    if (!this.#loaded.has(url)) this.#loaded.set(url, node("img", { src: url }));
    return this.#loaded.get(url);
  }

  #toggle() {
    if (this.#timer) return this.#stop();
    this.play.textContent = t("Pause");
    const last = lastOf(this.#epochs, this.kept);
    let at = [last, this.#epochs.at(-1)].includes(this.#shown) ? 0 : this.slider.valueAsNumber;
    this.#timer = setInterval(() => {
      if (at >= this.#epochs.length) {
        this.#stop();
        this.#show(last);
      } else this.#show(this.#epochs[at++]);
      if (at >= this.#epochs.length && this.#shown === last) this.#stop();
    }, FRAME_MS);
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.play.textContent = t("Play");
  }
}

/** @type {WeakMap<ShadowRoot, {language: string, film: Film}>} */
const mounted = new WeakMap();

/** @param {{parentElement: ShadowRoot, data: any}} component */
export async function mount({ parentElement, data }) {
  await setLanguage(data.language, data.base);
  const before = mounted.get(parentElement);
  if (before?.language === data.language) return before.film.update(data);
  before?.film.destroy();
  const film = new Film(parentElement.querySelector(".root"));
  mounted.set(parentElement, { language: data.language, film });
  film.update(data);
}

/** @param {ShadowRoot} parentElement */
export function unmount(parentElement) {
  mounted.get(parentElement)?.film.destroy();
  mounted.delete(parentElement);
}

function node(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
