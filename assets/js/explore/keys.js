/** The keys of the Explore page. */

import { isRange, originOf } from "../core/dom.js";
import { listenKeys } from "../core/keyboard.js";
import { t } from "../core/language.js";
import { stage } from "../core/stage.js";

/**
 * @typedef {object} Actions
 * @property {() => void} toggle the animation
 * @property {() => void} random
 * @property {() => void} randomImage
 * @property {() => void} mean
 * @property {(direction: number) => void} walk to another slider
 * @property {(on: boolean) => void} vary shows variations of the point, or closes them
 * @property {() => boolean} isVarying
 * @property {() => void} lock the dimension of the focused slider
 * @property {((index: number) => void) | null} chooseClass null: the model is not conditional
 * @property {Record<string, () => void>} undo the keys that undo and redo
 */

/** The keys for the page's list. @param {boolean} conditional whether the number keys choose a class @returns {import("../core/key_help.js").Keys} */
export function keysOf(conditional) {
  return [
    ["← →", t("change value")],
    ["↑ ↓", t("dimension")],
    ...(conditional ? /** @type {[string, string][]} */ ([["0–9", t("class")]]) : []),
    [t("Space"), t("play")],
    ["R", t("sample")],
    ["T", t("test image")],
    ["V", t("variations")],
    ["S", t("save as favourite")],
    ["Ctrl Z", t("undo")],
    ["Ctrl Shift Z", t("redo")],
    ["Shift ← →", t("change value in smaller steps")],
    ["L", t("lock the dimension")],
    ["M", t("go to the mean")],
    ["P", t("present")],
  ];
}

/**
 * @param {HTMLElement} root of the page
 * @param {import("../core/presentation.js").Presentation} presentation
 * @param {Actions} actions
 * @returns {() => void} stops listening
 */
export function listenToKeys(root, presentation, { toggle, random, randomImage, mean, walk, vary, isVarying, lock, chooseClass, undo }) {
  const classes = chooseClass ? Array.from({ length: 10 }, (_, index) => [String(index), () => chooseClass(index)]) : [];
  const keys = {
    " ": toggle,
    r: random,
    t: randomImage,
    m: mean,
    v: () => vary(true),
    l: lock,
    Escape: () => vary(false),
    ArrowUp: () => walk(-1),
    ArrowDown: () => walk(1),
    ...Object.fromEntries(classes),
  };
  return listenKeys({ ...keys, ...undo }, (event) => {
    if (root.querySelector(":popover-open:not(.variations, .controllers)")) return false;
    if (event.key === "Escape") return isVarying();
    if (!event.key.startsWith("Arrow")) return true;
    // Arrow keys scroll the page unless a slider has them; in a presentation there is nothing to scroll.
    const target = originOf(event);
    return isRange(target) || (presentation.on && !stage.walking && !target.closest?.(".surface"));
  });
}
