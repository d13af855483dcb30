/**
 * The export of paths and sheets: the server makes a file, with progress and a button to stop; the browser saves it.
 */

import { element } from "../core/dom.js";
import { save } from "../core/save.js";
import { packHead } from "../core/head.js";
import { readFile } from "../core/stream.js";

const FORMATS = { mp4: "MP4", webp: "WebP", gif: "GIF", strip: "PNG strip", svg: "SVG strip", frames: "ZIP of frames", codes: "Codes (npz)" };
const FILMS = ["mp4", "webp", "gif", "frames"];
const MOST = 3600; // frames, the server's limit

/**
 * @typedef {object} Film
 * @property {string} name of the file, without its ending
 * @property {number[]} places of the frames
 * @property {Float32Array[]} codes frames × across
 * @property {number} across pictures side by side in a frame
 * @property {number} columns pictures in a row of a strip
 * @property {string[] | null} captions
 */

export class Export {
  /** @type {AbortController | null} */
  #working = null;

  /**
   * @param {string} url of the movie route
   * @param {(what: string, format: string, rate: number, captions: boolean) => Film | null} order
   * @param {(what: string) => string} missing why a path or sheet cannot be exported yet; "" if it can
   */
  constructor(url, order, missing) {
    this.url = url;
    this.order = order;
    this.missing = missing;
    const options = (names) => Object.entries(names).map(([value, text]) => element("option", { value, text }));
    this.what = element("select", { "aria-label": "What to export", onchange: () => this.update() });
    this.format = element("select", { "aria-label": "Format", onchange: () => this.#chosen() }, ...options(FORMATS));
    this.size = element("input.steps", { type: "number", min: 16, max: 2048, step: 1, value: 512, "aria-label": "Pixels of the longer side" });
    this.rate = element("input.steps", { type: "number", min: 1, max: 60, step: 1, value: 30, "aria-label": "Frames per second" });
    this.smooth = element("input", { type: "checkbox" });
    this.captions = element("input", { type: "checkbox" });
    this.reason = element("span.aside", { id: "export-reason", role: "status" });
    this.button = element("button.play", { type: "button", text: "Export", "aria-describedby": "export-reason", onclick: () => this.make() });
    this.stopButton = element("button", { type: "button", text: "Stop", hidden: true, onclick: () => this.stop() });
    this.bar = element("progress", { max: 1, value: 0, hidden: true, "aria-label": "Frames done" });
    this.said = element("p.aside", { role: "status" });
    this.rateLabel = element("label", {}, "Frames per second", this.rate);
    this.aside = element("span.aside");
    this.captionLabel = element("label.tick", { title: "Show the place on the path below each picture" }, this.captions, "Caption");
    this.node = element(
      "section.card.export",
      {},
      element("header", {}, element("h2", { text: "Export" }), this.aside),
      element(
        "div.settings",
        {},
        element("label", {}, "Path", this.what),
        element("label", {}, "Format", this.format),
        element("label", { title: "Pixels of the longer side of a picture; for all four paths, of the whole frame" }, "Pixels", this.size),
        this.rateLabel,
        element("label.tick", { title: "Upscale with Lanczos; otherwise pixels stay sharp" }, this.smooth, "Smooth"),
        this.captionLabel,
      ),
      element("div.toolbar", {}, this.button, this.stopButton, this.bar, this.reason),
      this.said,
    );
  }

  destroy() {
    this.#working?.abort();
  }

  /** Scroll to it, and focus its first control. */
  open() {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    this.node.scrollIntoView({ block: "center", behavior });
    this.what.focus({ preventScroll: true });
  }

  /** Set the choices. @param {Record<string, string>} names @param {string} [first] */
  setWhat(names, first) {
    const before = this.what.value;
    this.what.replaceChildren(...Object.entries(names).map(([value, text]) => element("option", { value, text })));
    this.what.value = before in names ? before : (first ?? Object.keys(names)[0] ?? "");
    this.update();
  }

  /** Allow the export if the chosen path or sheet is complete, and otherwise show why not. */
  update() {
    const reason = this.#working ? "" : this.missing(this.what.value);
    this.button.disabled = Boolean(this.#working || reason);
    if (this.reason.textContent !== reason) this.reason.textContent = reason;
  }

  /** Allow films and strips, or sheets only. @param {boolean} possible */
  allowFilms(possible) {
    for (const option of this.format.options) option.hidden = option.disabled = !possible && FILMS.includes(option.value);
    if (!possible && FILMS.includes(this.format.value)) this.format.value = "strip";
    this.captionLabel.hidden = !possible;
    this.aside.textContent = possible ? "The animation with its speed and pauses" : "The sheet as shown";
    this.format.querySelector("[value=strip]").textContent = possible ? FORMATS.strip : "PNG sheet";
    this.format.querySelector("[value=svg]").textContent = possible ? FORMATS.svg : "SVG sheet";
    this.#chosen();
  }

  stop() {
    this.#working?.abort();
  }

  async make() {
    const wrong = [this.size, this.rate].find((input) => !input.checkValidity() || input.value === "");
    if (wrong) return this.#showText(`${wrong.getAttribute("aria-label")}: ${wrong.min} to ${wrong.max}.`);
    const format = this.format.value;
    const rate = this.rate.valueAsNumber;
    const working = (this.#working = new AbortController());
    this.#show(true);
    this.#showText("");
    const start = performance.now();
    try {
      const film = this.order(this.what.value, format, rate, this.captions.checked);
      if (!film) throw new Error(this.missing(this.what.value));
      if (film.places.length > MOST) {
        throw new Error(`${film.places.length} frames are too many; the limit is ${MOST}. Set fewer seconds or fewer frames per second.`);
      }
      const body = packHead(
        {
          format,
          size: this.size.valueAsNumber,
          frames_per_second: rate,
          upscaling: this.smooth.checked ? "lanczos" : "nearest",
          columns: film.columns,
          places: film.places,
          captions: film.captions,
          across: film.across,
        },
        new Blob(/** @type {BlobPart[]} */ (film.codes)),
      );
      const { blob, line } = await readFile(this.url, body, working.signal, (line) => {
        this.bar.value = line.done / line.total;
      });
      save(blob, film.name + line.suffix);
      this.#showText(`${film.name}${line.suffix}: ${counted(film, format)}${sizeOf(blob.size)}, made in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
    } catch (error) {
      this.#showText(working.signal.aborted ? "Stopped. No file was made." : `${error.message}`);
    } finally {
      working.abort(); // in case the answer was not read to its end
      this.#working = null;
      this.#show(false);
    }
  }

  #show(working) {
    this.update();
    this.stopButton.hidden = this.bar.hidden = !working;
    this.bar.value = 0;
    this.node.dataset.working = String(working);
  }

  #chosen() {
    const format = this.format.value;
    this.rateLabel.hidden = !FILMS.includes(format);
    for (const input of [this.size, this.smooth, this.captions]) input.disabled = format === "codes";
    const usual = { strip: 128, svg: 128 }[format] ?? 512;
    if (["128", "512"].includes(this.size.value)) this.size.value = usual; // otherwise it was set in the field
  }

  #showText(text) {
    this.said.textContent = text;
  }
}

function counted({ places }, format) {
  return FILMS.includes(format) ? `${places.length} frames, ` : "";
}

function sizeOf(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
