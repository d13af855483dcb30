/**
 * The tray: the favourites of the open model, at the lower edge of every page.
 */

import { LiveChannel, channelUrl } from "../core/channel.js";
import { element, focusedNear } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Operation } from "../core/protocol.js";
import { onShown, shownOf } from "../core/shown.js";
import { Favourites, formatLink, meanOf, parseFavourites, parseLink } from "./favourites.js";
import { drawGallery } from "./gallery.js";
import { save } from "../core/save.js";

const LARGEST = 128; // pixels of a kept picture
const STOPS = 12; // of a path at most
const LONGEST_LINK = 6000; // characters

export class Tray {
  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").TrayPage} page
   * @param {(name: "go" | "path", value: any) => void} send to Python: a point to open in Explore, or the stops of a path
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    this.model = page.model;
    this.favourites = new Favourites(page.model.id, page.model.codeDim);
    this.#build();
    this.favourites.addEventListener("change", () => this.#show());
    this.onStorage = ({ key }) => key === this.favourites.key && this.favourites.read();
    window.addEventListener("storage", this.onStorage);
    this.stopShown = onShown(() => this.#showPin());
    this.stopKeys = listenKeys({ s: () => this.pin() }, () => Boolean(shownOf(this.model.id)) && !this.panel.contains(focusedNear(root)));
    this.#takeLink();
    this.#show();
    this.#showPin();
  }

  destroy() {
    window.removeEventListener("storage", this.onStorage);
    this.stopShown();
    this.stopKeys();
    this.channel?.close();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  /** Save the point that the page shows. */
  pin() {
    const shown = shownOf(this.model.id);
    if (!shown) return;
    const { z, image } = shown.read();
    const title = image === null ? "" : `#${image}`;
    this.#attempt(() => {
      this.favourites.add({ title, z: Array.from(z, (value) => Number(value.toFixed(4))), image, picture: small(shown.canvas) });
      this.#say(`Saved. The tray has ${this.favourites.list.length} of this model.`);
    });
  }

  /** @param {number[] | Float32Array} z @param {number | null} image */
  goTo(z, image) {
    const shown = shownOf(this.model.id);
    if (shown) shown.goTo({ z: Float32Array.from(z), image });
    else this.send("go", { model: this.model.id, z: Array.from(z), image });
  }

  #build() {
    const button = (text, title, onclick) => element("button", { type: "button", text, title, onclick });
    this.count = element("b", { text: "0" });
    this.handle = element("button.handle", { type: "button", "aria-expanded": "false", title: "Favourites: points that you saved", onclick: () => this.open() }, "★ ", this.count);
    this.handle.setAttribute("aria-label", "Favourites");
    this.pinButton = button("Save point", "Save the current point with its picture (S)", () => this.pin());
    this.strip = element("ol.favourites");
    this.message = element("p.aside", { role: "status" });
    this.file = element("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "File of favourites" });
    this.file.addEventListener("change", () => this.#import());
    this.many = [
      button("Open as path", `Open them as stops of a path on the Interpolate page (at most ${STOPS})`, () => this.#path()),
      button("Average", "Go to the mean of their codes", () => this.goTo(meanOf(this.favourites.list), null)),
    ];
    this.any = [
      button("Save gallery", "Save the pictures with their titles as PNG", () => this.#attempt(() => drawGallery(this.favourites.list, this.model.title).then((blob) => save(blob, `${this.model.id}-favourites.png`)))),
      button("Export", "Save the favourites as a file", () => this.#export()),
      button("Copy link", "Copy a link that opens these favourites elsewhere", () => this.#copyLink()),
    ];
    this.panel = element(
      "section.tray",
      { "aria-label": "Favourites", hidden: true },
      element("header", {}, element("h2", { text: "Favourites" }), element("span.aside", { text: this.model.title }), element("span.gap"), this.pinButton, element("button", { type: "button", text: "✕", title: "Close", "aria-label": "Close", onclick: () => this.open(false) })),
      this.strip,
      element("div.toolbar", {}, ...this.many, ...this.any, button("Import", "Add the favourites of a file", () => this.file.click()), this.file),
      this.message,
    );
    this.root.classList.add("with-tray");
    this.root.append(this.panel, this.handle);
  }

  /** @param {boolean} [on] */
  open(on = true) {
    this.panel.hidden = !on;
    this.handle.setAttribute("aria-expanded", String(on));
    if (on) this.#decodeMissing();
    else this.#say("");
  }

  #show() {
    const { list } = this.favourites;
    this.count.textContent = String(list.length);
    this.strip.replaceChildren(...(list.length ? list.map((one, index) => this.#item(one, index)) : [element("li.aside", { text: "None yet. Press S on Explore or Map to save the current point." })]));
    for (const button of this.many) button.disabled = list.length < 2;
    for (const button of this.any) button.disabled = !list.length;
  }

  #showPin() {
    this.pinButton.disabled = !shownOf(this.model.id);
  }

  /** @param {import("./favourites.js").Favourite} one @param {number} index */
  #item(one, index) {
    const name = one.title || `favourite ${index + 1}`;
    const small = (text, label, onclick) => element("button.small", { type: "button", text, title: label, "aria-label": `${label}: ${name}`, onclick });
    const picture = element("img", { alt: "", src: one.picture || null, draggable: "false" });
    if (Math.max(...this.model.imageShape.slice(0, 2)) < 64) picture.style.imageRendering = "pixelated";
    const title = element("input", { value: one.title, placeholder: String(index + 1), maxlength: 60, "aria-label": `Title of ${name}` });
    title.addEventListener("change", () => this.#attempt(() => this.favourites.change(index, { title: title.value })));
    const node = element(
      "li",
      { draggable: "true" },
      element("button.go", { type: "button", title: "Go to this point", "aria-label": `Go to ${name}`, onclick: () => this.goTo(one.z, one.image) }, picture),
      title,
      element("span.row", {}, small("‹", "Move to the left", () => this.#move(index, index - 1)), small("✕", "Delete", () => this.#attempt(() => this.favourites.remove(index))), small("›", "Move to the right", () => this.#move(index, index + 1))),
    );
    node.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", String(index)));
    node.addEventListener("dragover", (event) => event.preventDefault());
    node.addEventListener("drop", (event) => {
      event.preventDefault();
      const from = Number(event.dataTransfer.getData("text/plain"));
      if (Number.isInteger(from) && from >= 0 && from < this.favourites.list.length) this.#move(from, index);
    });
    return node;
  }

  #move(from, to) {
    this.#attempt(() => this.favourites.move(from, to));
  }

  #path() {
    const { list } = this.favourites;
    this.open(false);
    this.send("path", { model: this.model.id, stops: list.slice(0, STOPS).map(({ z, image }) => ({ z, image })) });
  }

  #export() {
    const text = JSON.stringify({ model: this.model.id, title: this.model.title, favourites: this.favourites.list }, null, 1);
    save(new Blob([text], { type: "application/json" }), `${this.model.id}-favourites.json`);
  }

  async #import() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    await this.#attempt(async () => this.#add(parseFavourites(await file.text(), this.model.codeDim)));
  }

  /** @param {import("./favourites.js").Favourite[]} added */
  #add(added) {
    this.favourites.add(...added);
    this.#say(`Added ${added.length}.`);
    this.#decodeMissing();
  }

  async #copyLink() {
    const link = new URL(`${location.origin}${this.page.base}/`);
    link.search = `model=${this.model.id}&favourites=${formatLink(this.favourites.list)}`;
    if (link.href.length > LONGEST_LINK) return this.#say("These are too many for a link. Export a file instead.");
    await this.#attempt(async () => {
      await navigator.clipboard.writeText(link.href);
      this.#say("Copied.");
    });
  }

  /** Add the favourites of the page's address, once. */
  #takeLink() {
    const query = new URLSearchParams(location.search);
    const text = query.get("favourites");
    if (text === null) return;
    query.delete("favourites");
    history.replaceState(history.state, "", `?${query.toString().replaceAll("%2C", ",")}${location.hash}`);
    this.open(true);
    this.#attempt(() => {
      const known = new Set(this.favourites.list.map((one) => formatLink([one])));
      this.#add(parseLink(text, this.model.codeDim).filter((one) => !known.has(formatLink([one]))));
    });
  }

  /** Decode those that came without a picture. */
  #decodeMissing() {
    if (this.channel || this.favourites.list.every(({ picture }) => picture)) return;
    const close = () => {
      this.channel?.close();
      this.channel = null;
    };
    this.channel = new LiveChannel(
      channelUrl(`${this.page.base}/live`),
      this.model.id,
      ({ state, message }) => {
        if (state === "refused") {
          close();
          this.#say(message);
        } else if (state === "open") this.#decodeNext(close);
      },
      (error) => this.#say(`${error.message} ${error.mend}`),
    );
  }

  /** @param {() => void} done */
  #decodeNext(done) {
    const { list } = this.favourites;
    const index = list.findIndex(({ picture }) => !picture);
    if (index < 0) return done();
    const { z } = list[index];
    this.channel.ask(Operation.DECODE, 0, 1, Float32Array.from(z), ({ body }) => {
      const canvas = pictureCanvas(this.model.imageShape, "");
      paint(canvas, body, this.model.imageShape);
      const now = this.favourites.list.findIndex((one) => one.z === z); // its place may have changed
      if (now >= 0 && !this.#attemptNow(() => this.favourites.change(now, { picture: small(canvas) }))) return done();
      this.#decodeNext(done);
    });
  }

  #attemptNow(action) {
    try {
      action();
      return true;
    } catch (error) {
      this.#say(error.message);
      return false;
    }
  }

  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.open(true);
      this.#say(error.message);
    }
  }

  #say(text) {
    this.message.textContent = text;
  }
}

/** A canvas as a PNG of at most `LARGEST` pixels. @param {HTMLCanvasElement} canvas */
function small(canvas) {
  const scale = Math.min(1, LARGEST / Math.max(canvas.width, canvas.height));
  if (scale === 1) return canvas.toDataURL("image/png");
  const copy = element("canvas", { width: Math.round(canvas.width * scale), height: Math.round(canvas.height * scale) });
  copy.getContext("2d").drawImage(canvas, 0, 0, copy.width, copy.height);
  return copy.toDataURL("image/png");
}
