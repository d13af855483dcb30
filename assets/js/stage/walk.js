/** The running talk: its scenes, and the current one. It lasts while pages change, as Python opens only scenes of other pages. */

/** @typedef {import("../core/messages.js").SceneData} Scene */
/** @typedef {import("../core/messages.js").StagePage} StagePage */

export class Walk extends EventTarget {
  /** @type {import("../core/messages.js").TalkData | null} */
  talk = null;
  index = 0;
  /** Whether Python was asked to open the current scene, and has not yet. */
  asked = false;
  /** Whether the user has gone on since. */
  late = false;
  /** @type {number | null} when the talk began, in milliseconds */
  since = null;
  #turn = 0;

  /** Take what Python sent with a page. @param {StagePage} page @param {number} [now] @returns {boolean} whether it has started a talk or opened a scene */
  take({ talk, scene, turn }, now = Date.now()) {
    const started = Boolean(talk) && (talk.id !== this.talk?.id || this.since === null);
    const opened = Boolean(talk) && turn !== this.#turn;
    this.talk = talk;
    this.#turn = turn;
    if (opened && !(this.asked && this.late)) this.index = scene;
    if (opened || !talk) this.asked = false;
    if (!talk) this.late = false;
    if (started) this.since = now;
    if (!talk) this.since = null;
    this.dispatchEvent(new Event("change"));
    return started || opened;
  }

  get scenes() {
    return this.talk?.scenes ?? [];
  }

  /** @returns {Scene | undefined} */
  get scene() {
    return this.scenes[this.index];
  }

  /** @returns {Scene | undefined} */
  get next() {
    return this.scenes[this.index + 1];
  }

  /** @param {number} index @returns {boolean} whether there is such a scene */
  to(index) {
    if (!this.scenes[index]) return false;
    this.index = index;
    this.dispatchEvent(new Event("change"));
    return true;
  }
}

/** Whether the open page can show a scene without Python: only the point differs. @param {Scene} scene @param {StagePage} page */
export function isNear(scene, page) {
  return (
    ["explore", "map"].includes(scene.page) &&
    scene.page === page.page &&
    scene.model === page.model &&
    scene.z !== null &&
    (scene.map === null || scene.map === page.map)
  );
}

/** Minutes and seconds. @param {number} milliseconds */
export function formatTime(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The talk of this document. */
export const walk = new Walk();
