/**
 * Stage mode on every page: its keys and its bar, the laser pointer, and the walk through the scenes of a talk.
 *
 *     → → Walk → the same page and model: Glide moves the point
 *              ↘ otherwise Python opens the page, the model and the map of the scene
 */

import { isRange, originOf } from "../core/dom.js";
import { hasKeyHelp } from "../core/key_help.js";
import { KeyPanel } from "../core/key_panel.js";
import { listenKeys } from "../core/keyboard.js";
import { shownOf } from "../core/shown.js";
import { stage } from "../core/stage.js";
import { Bar } from "./bar.js";
import { Glide } from "../core/glide.js";
import { Laser } from "./laser.js";
import { SpeakerWindow } from "./speaker.js";
import { isNear, walk } from "./walk.js";

/** @type {StageView | null} of the open page; null while pages change */
let view = null;
/** @type {SpeakerWindow | null} it stays open while pages change */
let speaker = null;

export class StageView {
  /**
   * @param {HTMLElement} root
   * @param {import("../core/messages.js").StagePage} page
   * @param {(name: "scene" | "end", value: any) => void} send to Python: a scene to open, or the id of a talk to end
   */
  constructor(root, page, send) {
    this.root = root;
    this.page = page;
    this.send = send;
    this.glide = new Glide();
    this.laser = new Laser();
    this.keys = new KeyPanel([]); // for pages without keys of their own
    this.bar = new Bar({
      back: () => go(-1),
      forth: () => go(1),
      laser: () => this.laser.show(),
      notes: () => this.openNotes(),
      fill: () => stage.fill(),
      end: () => this.end(),
      leave: () => stage.show(false),
    });
    root.className = "stage-root"; // not a page's root
    root.append(this.laser.canvas, this.bar.node);
    speaker ??= new SpeakerWindow(walk, go);
    this.follow = () => this.#follow();
    this.raise = () => {
      this.bar.raise();
      this.bar.describe(walk);
    };
    stage.addEventListener("change", this.follow);
    document.addEventListener("fullscreenchange", this.raise);
    listen();
    const opened = walk.take(page);
    stage.walking = Boolean(walk.talk);
    if (opened) stage.show(true);
    this.#follow();
    view = this;
    if (walk.late) this.open();
  }

  destroy() {
    this.glide.stop();
    this.laser.show(false);
    this.keys.destroy();
    this.bar.destroy();
    stage.removeEventListener("change", this.follow);
    document.removeEventListener("fullscreenchange", this.raise);
    if (view === this) view = null;
    this.root.replaceChildren();
    this.root.className = "root";
  }

  /** Show the current scene of the talk. */
  open() {
    walk.late = false;
    this.bar.describe(walk);
    const { scene } = walk;
    const shown = shownOf(this.page.model);
    const near = shown && isNear(scene, this.page);
    if (near) this.glide.start(shown, { z: Float32Array.from(scene.z), image: scene.image }, scene.seconds, scene.camera);
    else {
      this.glide.stop();
      walk.asked = true;
      this.send("scene", { talk: walk.talk.id, index: walk.index });
    }
  }

  openNotes() {
    try {
      stage.keepOn(() => speaker.open());
      this.bar.say("");
    } catch (error) {
      this.bar.say(error.message);
    }
  }

  /** Close the talk. */
  end() {
    const { id } = walk.talk;
    speaker.close();
    stage.show(false);
    this.send("end", id);
  }

  #follow() {
    this.bar.describe(walk);
    this.bar.show(stage.on);
    if (!stage.on) this.laser.show(false);
  }
}

/** Go to the next or the previous scene. @param {1 | -1} step */
function go(step) {
  if (!walk.to(walk.index + step)) return;
  walk.late = walk.asked || !view; // another page is on its way
  view?.bar.describe(walk);
  if (!walk.late) view.open();
}

let listens = false;

/** Listen to the keys for as long as the document lives: a key that is pressed while pages change counts too. */
function listen() {
  if (listens) return;
  listens = true;
  const next = (step) => () => go(/** @type {1 | -1} */ (step));
  const keys = { p: () => stage.show(), x: () => view?.laser.show(), n: () => view?.openNotes(), f: () => stage.fill(), "?": () => view?.keys.toggle(view.root), PageDown: next(1), PageUp: next(-1), ArrowRight: next(1), ArrowLeft: next(-1) };
  listenKeys(keys, (event) => {
    if (event.key === "p") return true;
    if (!stage.on) return false;
    if (event.key === "?") return !hasKeyHelp();
    if (event.key === "x" || event.key === "f") return true;
    if (!walk.talk) return false;
    // Arrow keys belong to a slider or a map that the speaker has focused; the keys of a presenter's remote do not.
    return !event.key.startsWith("Arrow") || !takesArrows(originOf(event));
  });
  // Not in the capture phase: Escape first closes what is open on the page.
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !KeyPanel.isOpen && !(view && shownOf(view.page.model)?.isBusy())) stage.show(false);
  });
}

/** @param {HTMLElement} node */
function takesArrows(node) {
  return isRange(node) || Boolean(node.closest?.("[role=slider], [role=tab], [role=radio], [tabindex].surface, [tabindex].marker"));
}
