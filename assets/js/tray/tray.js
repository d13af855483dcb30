/**
 * The tray: the favourites of the open model, at the lower edge of every page.
 */

import { LiveChannel, channelUrl } from "../core/channel.js";
import { copyText } from "../core/clipboard.js";
import { button, element, focusedNear } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { faultText } from "../core/failure.js";
import { t, tn } from "../core/language.js";
import { paint, pictureCanvas } from "../core/picture.js";
import { Operation } from "../core/protocol.js";
import { save } from "../core/save.js";
import { onAskedToSave, onShown, shownOf } from "../core/shown.js";
import { onStops, stopAdder } from "../core/stop_list.js";
import { Favourites, formatFile, formatLink, meanOf, parseFile, parseLink } from "./favourites.js";
import { drawGallery } from "./gallery.js";
import { Item } from "./item.js";

const LARGEST = 128; // pixels of a kept picture
const STOPS = 12; // of a path at most, as in zscope/ui/tray.py
const LONGEST_LINK = 6000; // characters
const LARGEST_FILE = 5_000_000; // bytes
const PARAMETER = "favourites"; // of a link

export class Tray {
  /** @type {Item[]} */
  #items = [];
  /** @type {LiveChannel | null} while pictures are decoded */
  #channel = null;

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
    this.favourites = new Favourites(page.model);
    this.#build();
    this.favourites.addEventListener("change", () => this.#show());
    this.onStorage = ({ key }) => key === this.favourites.key && this.favourites.read();
    window.addEventListener("storage", this.onStorage);
    this.stopShown = onShown(() => this.#showPin());
    this.stopStops = onStops(() => this.#show());
    this.stopSaving = onAskedToSave(() => this.pin());
    this.stopKeys = listenKeys({ s: () => this.pin() }, () => shownOf(this.model.id)?.isBusy() === false && !this.panel.contains(focusedNear(root)));
    this.#takeLink();
    this.#show();
    this.#showPin();
    this.#decodeMissing();
  }

  destroy() {
    window.removeEventListener("storage", this.onStorage);
    this.stopShown();
    this.stopStops();
    this.stopSaving();
    this.stopKeys();
    this.#channel?.close();
    this.root.replaceChildren();
    this.root.className = "root";
  }

  /** Save the point that the page shows. Its picture is decoded anew: the page may still show an older one. */
  pin() {
    const shown = shownOf(this.model.id);
    if (!shown) return;
    const { z, image } = shown.read();
    const title = image === null ? "" : `#${image}`;
    this.#attempt(() => {
      this.favourites.add({ title, z: Array.from(z, (value) => Number(value.toFixed(4))), image, picture: "" });
      const text = tn("Saved. This model has {n} favourite.", "Saved. This model has {n} favourites.", this.favourites.list.length);
      if (this.panel.hidden) shown.say(text);
      else this.#say(text);
      this.#decodeMissing();
    });
  }

  /** Go to a point; on the Interpolate page, add it as a stop. @param {number[] | Float32Array} z @param {number | null} image */
  goTo(z, image) {
    const shown = shownOf(this.model.id);
    const addStop = stopAdder();
    if (addStop) this.#say(addStop(Array.from(z), image));
    else if (shown) shown.goTo({ z: Float32Array.from(z), image });
    else this.send("go", { model: this.model.id, z: Array.from(z), image });
  }

  /** @param {boolean} [on] */
  open(on = true) {
    this.panel.hidden = !on;
    this.handle.setAttribute("aria-expanded", String(on));
    if (!on) this.#say("");
  }

  #build() {
    this.count = element("b", { text: "0" });
    this.handle = element("button.handle", { type: "button", "aria-expanded": "false", title: t("Favourites: points that you saved"), onclick: () => this.open() }, element("span", { "aria-hidden": "true", text: "★ " }), element("span.unseen", { text: `${t("Favourites:")} ` }), this.count);
    this.pinButton = button(t("Save point"), t("Save the current point with its picture (S)"), () => this.pin());
    this.strip = element("ol.favourites");
    this.message = element("p.aside", { role: "status" });
    this.many = [
      button(t("Open as path"), t("Open them as stops of a path on the Interpolate page (at most {most})", { most: STOPS }), () => this.#path()),
      button(t("Go to average"), t("Go to the mean of their codes"), () => this.goTo(meanOf(this.favourites.list), null)),
    ];
    this.averageButton = this.many[1];
    this.any = [
      button(t("Save gallery"), t("Save the pictures with their titles as PNG"), () => this.#attempt(() => this.#saveGallery())),
      button(t("Export"), t("Save the favourites as a file"), () => save(new Blob([formatFile(this.favourites.list, this.model)], { type: "application/json" }), `${this.model.id}-favourites.json`)),
      button(t("Copy link"), t("Copy a link that adds these favourites in another browser"), () => this.#attempt(() => this.#copyLink())),
    ];
    const close = element("button", { type: "button", text: "✕", title: t("Close"), "aria-label": t("Close"), onclick: () => this.open(false) });
    this.panel = element(
      "section.tray",
      { "aria-label": t("Favourites"), hidden: true },
      element("header", {}, element("h2", { text: t("Favourites") }), element("span.aside", { text: this.model.title }), this.pinButton, close),
      this.strip,
      element("div.toolbar", {}, ...this.many, ...this.any, button(t("Import"), t("Add the favourites of a file"), () => this.#chooseFile())),
      this.message,
    );
    this.root.className = "tray-root"; // not a page's root
    this.root.append(this.panel, this.handle);
  }

  /** Show the list. The same number of favourites keeps its elements, so that a field that is typed in stays. */
  #show() {
    const { list } = this.favourites;
    this.count.textContent = String(list.length);
    if (this.#items.length !== list.length || !list.length) {
      const pixelated = Math.max(...this.model.imageShape.slice(0, 2)) < 64;
      const actions = {
        go: (index) => this.goTo(this.favourites.list[index].z, this.favourites.list[index].image),
        rename: (index, title) => this.#attempt(() => this.favourites.change(index, { title })),
        remove: (index) => this.#remove(index),
        move: (from, to) => this.#move(from, to),
      };
      this.#items = list.map((_, index) => new Item(index, pixelated, actions));
      const none = element("li.aside", { text: t("None yet. Choose Save point, or press S, on Explore or Map.") });
      this.strip.replaceChildren(...(list.length ? this.#items.map(({ node }) => node) : [none]));
    }
    const adds = Boolean(stopAdder());
    this.#items.forEach((item, index) => item.show(list[index], adds));
    this.averageButton.textContent = adds ? t("Add average as stop") : t("Go to average");
    this.averageButton.title = adds ? t("Add the mean of their codes as the last stop of the path") : t("Go to the mean of their codes");
    for (const button of this.many) button.disabled = list.length < 2;
    for (const button of this.any) button.disabled = !list.length;
  }

  #showPin() {
    this.pinButton.disabled = !shownOf(this.model.id);
  }

  #move(from, to) {
    if (!this.#items[from]) return;
    const kind = focusedNear(this.strip)?.dataset.kind;
    this.#attempt(() => this.favourites.move(from, to));
    const moved = this.#items[to];
    if (kind && moved) Object.values(moved.buttons).find(({ dataset }) => dataset.kind === kind).focus();
  }

  #remove(index) {
    this.#attempt(() => this.favourites.remove(index));
    const next = this.#items[Math.min(index, this.#items.length - 1)];
    (next ? next.buttons.delete : this.pinButton).focus();
  }

  #path() {
    const stops = this.favourites.list.slice(0, STOPS).map(({ z, image }) => ({ z, image }));
    this.open(false);
    this.send("path", { model: this.model.id, stops });
  }

  async #saveGallery() {
    save(await drawGallery(this.favourites.list, this.model.title), `${this.model.id}-favourites.png`);
  }

  #chooseFile() {
    const field = element("input", { type: "file", accept: ".json,application/json" });
    field.addEventListener("change", () => field.files[0] && this.#import(field.files[0]));
    field.click();
  }

  /** @param {File} file */
  async #import(file) {
    await this.#attempt(async () => {
      if (file.size > LARGEST_FILE) throw new Error(t("This file is too large: files of favourites have at most 5 MB."));
      this.#add(parseFile(await file.text(), this.model));
    });
  }

  /** @param {import("./favourites.js").Favourite[]} added */
  #add(added) {
    const known = new Set(this.favourites.list.map(nameOf));
    const unknown = added.filter((one) => !known.has(nameOf(one)));
    this.favourites.add(...unknown);
    this.#say(unknown.length ? t("Added {n}.", { n: unknown.length }) : t("You have these favourites already."));
    this.#decodeMissing();
  }

  async #copyLink() {
    const link = new URL(`${location.origin}${this.page.base}/`);
    link.searchParams.set("model", this.model.id);
    link.searchParams.set(PARAMETER, formatLink(this.favourites.list, this.model));
    if (link.href.length > LONGEST_LINK) throw new Error(t("These are too many for a link. Export a file instead."));
    await copyText(link.href);
    this.#say(t("Copied."));
  }

  /** Add the favourites of the page's address, once. */
  #takeLink() {
    const query = new URLSearchParams(location.search);
    const text = query.get(PARAMETER);
    if (text === null) return;
    query.delete(PARAMETER);
    history.replaceState(history.state, "", `?${query.toString().replaceAll("%2C", ",")}${location.hash}`);
    this.open();
    this.#attempt(() => this.#add(parseLink(text, this.model)));
  }

  /** Decode those that have no picture. */
  #decodeMissing() {
    if (this.#channel || this.favourites.list.every(({ picture }) => picture)) return;
    const end = (text = "") => {
      this.#channel?.close();
      this.#channel = null;
      if (text) this.#say(text);
    };
    this.#channel = new LiveChannel(
      channelUrl(`${this.page.base}/live`),
      this.model.id,
      ({ state, message }) => {
        if (state === "refused") end(message);
        else if (state === "open") this.#decodeNext(end);
      },
      (error) => end(faultText(error)),
    );
  }

  /** @param {(text?: string) => void} end */
  #decodeNext(end) {
    const missing = this.favourites.list.find(({ picture }) => !picture);
    if (!missing) return end();
    const { z } = missing;
    this.#channel.ask(Operation.DECODE, 0, 1, Float32Array.from(z), ({ body }) => {
      const canvas = pictureCanvas(this.model.imageShape, "");
      paint(canvas, body, this.model.imageShape);
      const now = this.favourites.list.findIndex((one) => one.z === z); // its place may have changed
      try {
        if (now >= 0) this.favourites.change(now, { picture: small(canvas) });
        this.#decodeNext(end);
      } catch (error) {
        end(error.message);
      }
    });
  }

  async #attempt(action) {
    try {
      await action();
    } catch (error) {
      this.open();
      this.#say(error.message);
    }
  }

  #say(text) {
    this.message.textContent = text;
  }
}

/** What distinguishes favourites: title and code, as in links. @param {import("./favourites.js").Favourite} one */
function nameOf({ title, z }) {
  return `${title}~${z.map((value) => value.toFixed(2))}`;
}

/** A canvas as a PNG of at most `LARGEST` pixels. @param {HTMLCanvasElement} canvas */
function small(canvas) {
  const scale = Math.min(1, LARGEST / Math.max(canvas.width, canvas.height));
  if (scale === 1) return canvas.toDataURL("image/png");
  const copy = element("canvas", { width: Math.round(canvas.width * scale), height: Math.round(canvas.height * scale) });
  copy.getContext("2d").drawImage(canvas, 0, 0, copy.width, copy.height);
  return copy.toDataURL("image/png");
}
