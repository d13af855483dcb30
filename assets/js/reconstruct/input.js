/**
 * The sources of a picture: the drawing pad, a file (chosen, dropped or pasted) or the camera; and the settings that prepare it.
 */

import { button, element, originOf } from "../core/dom.js";
import { t } from "../core/language.js";
import { Camera } from "./camera.js";
import { Cropper } from "./cropper.js";
import { Pad } from "./pad.js";
import { Steps } from "./steps.js";
import { nameOf } from "./wire.js";

const FRAME = 60; // ms between two prepared frames of the camera

const MOST_BYTES = 30_000_000; // the server's limit

/** @typedef {import("./preparer.js").Picture} Picture */
/** @typedef {import("./steps.js").Settings} Settings */
/** @typedef {"pad" | "picture" | "camera" | "none"} Mode */

/** @typedef {{picture: Picture, settings: Settings} | {drawn: import("./pad.js").Content}} Kept a picture, or what is drawn */

export class PictureInput {
  /** @type {Mode} */
  mode = "pad";
  /** @type {Picture | null} */
  picture = null;
  /** Counts choices of a source: late answers to an earlier choice are not shown. */
  choice = 0;
  /** @type {{picture: Picture, settings: Settings} | null} before the camera */
  #before = null;

  /**
   * @param {import("../core/messages.js").Model} model
   * @param {import("../core/messages.js").InputStyle} wants
   * @param {{onInk: (since?: number) => void, onPicture: (picture: Picture, settings: Settings) => void,
   *     onMany: (files: File[]) => void, onChoose: () => void, onOpen: () => void, onError: (error: Error) => void}} means
   */
  constructor(model, wants, means) {
    this.model = model;
    this.means = means;
    this.pad = new Pad(model, wants, (since) => this.means.onInk(since), (name) => this.#begun(name));
    this.cropper = new Cropper((crop) => {
      this.steps.setCrop(crop);
      means.onPicture(this.picture, this.steps.settings);
    });
    this.steps = new Steps((settings) => {
      if (this.picture) means.onPicture(this.picture, settings);
    });
    this.camera = new Camera(() => this.#shoot(), () => this.#leaveCamera());
    this.title = element("h2", { text: t("Your image") });
    this.name = element("span.aside");
    const files = element("input", { type: "file", multiple: true, accept: "image/*", hidden: true, onchange: () => this.take([...files.files]) });
    this.drawButton = button(t("Draw"), t("Draw on a blank sheet with mouse, touch or pen"), () => this.#blank());
    this.buttons = [
      this.drawButton,
      button(t("Upload"), t("Upload one or more pictures. You can also drop them here, or paste one"), () => {
        files.value = "";
        files.click();
      }),
      button(t("Open camera"), t("Take a photograph"), () => this.#openCamera()),
      files,
    ];
    this.node = element(
      "section.card.source",
      {},
      element("header", {}, this.title, this.name),
      element("div.source-pad", {}, this.pad.node, this.pad.tools),
      element("div.source-picture", {}, this.cropper.node, element("p.aside", { text: t("Draw a box around the object, or drag the edges of the box.") })),
      element("div.source-camera", {}, this.camera.node, this.camera.tools),
      element("p.aside.drop-hint", { text: t("Drop pictures anywhere, or paste one.") }),
    );
    this.show("pad");
  }

  destroy() {
    this.choice++;
    this.camera.close();
    clearTimeout(this.frames);
    this.stopListening?.();
  }

  /** Start a new choice of a source. @returns {number} its number */
  choose() {
    this.means.onChoose();
    return ++this.choice;
  }

  /** Whether a picture is still the current one. @param {Picture} picture */
  isOf(picture) {
    return picture === this.picture || (this.mode === "camera" && Boolean(picture.live));
  }

  /** @param {Mode} mode */
  show(mode) {
    if (mode !== "camera") {
      clearTimeout(this.frames);
      this.camera.close();
    }
    this.mode = this.node.dataset.mode = mode;
    this.#showPreparation(false); // until its steps arrive
  }

  /** Read files that were chosen, dropped or pasted. @param {File[]} files */
  take(files) {
    if (!files.length) return;
    if (files.length > 1) return this.means.onMany(files);
    if (files[0].size > MOST_BYTES) return this.means.onError(new Error(t("{file} is larger than 30 MB. Save a smaller picture.", { file: nameOf(files[0]) })));
    this.#open({ file: files[0], name: nameOf(files[0]) });
  }

  /** Show a test image on the pad. @param {Uint8Array<ArrayBuffer>} pixels @param {string} name */
  showImage(pixels, name) {
    this.picture = null;
    this.name.textContent = name;
    this.pad.load(pixels, name);
    this.show("pad");
  }

  /** A file can't be read: show neither it nor the earlier picture. */
  refuse() {
    this.picture = null;
    this.name.textContent = "";
    this.show("none");
  }

  /** @param {Picture} picture @param {import("./steps.js").Step[]} steps @param {import("./cropper.js").Box | null} box */
  showPrepared(picture, steps, box) {
    const { settings } = this.steps;
    if (this.mode === "picture") this.cropper.setPicture(picture.pixels, picture.shape, settings.turn ?? 0);
    this.cropper.setBoxes(settings.crop ?? null, box);
    this.steps.show(steps);
    this.#showPreparation(true);
  }

  #showPreparation(shown) {
    this.steps.node.hidden = !shown;
    this.node.classList.toggle("prepared", shown);
  }

  /** What `restore` shows again. @returns {Kept | null} */
  keep() {
    if (this.picture?.pixels && this.mode === "picture") return { picture: this.picture, settings: this.steps.settings };
    return this.pad.empty || this.mode !== "pad" ? null : { drawn: this.pad.content() };
  }

  /** @param {Kept} before @returns {boolean} whether there was anything */
  restore(before) {
    if ("picture" in before) this.#open(before.picture, before.settings);
    else {
      this.pad.restore(before.drawn);
      this.means.onInk();
    }
    return true;
  }

  /** Listen for drop, paste and undo on the whole page. @param {HTMLElement} root */
  listen(root) {
    const takes = (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      root.classList.toggle("dropping", event.type === "dragover");
      if (event.type === "drop") filesOf(event.dataTransfer).then((files) => this.take(files), this.means.onError);
    };
    const onPaste = (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.take(files);
    };
    const onUndo = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z" || this.mode !== "pad") return;
      if (originOf(event).closest?.("input:not([type=range]), textarea, select, [contenteditable=true]")) return;
      event.preventDefault();
      this.pad.undo();
    };
    /** @type {[string, EventListener][]} */
    const listeners = [["dragover", takes], ["dragleave", takes], ["drop", takes], ["paste", onPaste], ["keydown", onUndo]]; // prettier-ignore
    for (const [name, listener] of listeners) window.addEventListener(name, listener);
    this.stopListening = () => listeners.forEach(([name, listener]) => window.removeEventListener(name, listener));
  }

  /** A stroke has begun, or a drawing was restored. */
  #begun(name) {
    this.choose();
    this.name.textContent = name;
  }

  #blank() {
    this.choose();
    this.picture = null;
    this.show("pad");
    this.pad.clear();
    this.pad.erase(false);
    this.pad.canvas.focus({ preventScroll: true });
  }

  #open(picture, settings = {}) {
    this.choose();
    this.picture = picture;
    this.name.textContent = picture.name ?? "";
    this.steps.reset(settings);
    this.cropper.clear();
    this.show("picture");
    this.means.onOpen();
    this.means.onPicture(picture, settings);
  }

  async #openCamera() {
    if (this.mode === "camera") return;
    const choice = this.choose();
    try {
      if (!(await this.camera.open(() => choice === this.choice))) return;
    } catch (error) {
      if (choice === this.choice) this.means.onError(error); // otherwise another source was chosen meanwhile
      return;
    }
    this.#before = this.mode === "picture" && this.picture?.pixels ? { picture: this.picture, settings: this.steps.settings } : null;
    this.steps.reset();
    this.name.textContent = t("live");
    this.show("camera");
    this.#follow();
  }

  #leaveCamera() {
    if (this.#before) return this.#open(this.#before.picture, this.#before.settings);
    this.choose();
    this.picture = null;
    this.name.textContent = this.pad.name;
    this.show("pad");
    this.means.onInk();
  }

  /** Prepare frames of the camera, as fast as the server can. */
  #follow() {
    clearTimeout(this.frames);
    if (this.mode !== "camera") return;
    const frame = this.camera.frame();
    if (frame) {
      this.picture = { ...frame, live: true };
      this.means.onPicture(this.picture, this.steps.settings);
    }
    this.frames = setTimeout(() => this.#follow(), FRAME);
  }

  #shoot() {
    const frame = this.camera.frame();
    if (frame) this.#open({ ...frame, name: t("photograph") });
  }
}

/** The dropped files, including those in folders. @param {DataTransfer} transfer @returns {Promise<File[]>} */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const files = [];
  const walk = async (entry) => {
    if (entry.isFile) return files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    const reader = entry.createReader();
    // A hundred at a time, until none are left.
    for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length; ) for (const one of some) await walk(one);
  };
  for (const entry of entries) if (entry) await walk(entry);
  return files;
}
