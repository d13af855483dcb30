/**
 * The view that shows a point now. The tray of favourites and the stage bar, which are on every
 * page, read and move the point through it.
 */

/**
 * @typedef {object} Shown
 * @property {string} model its id
 * @property {() => import("./history.js").Visited} read the point
 * @property {(visited: import("./history.js").Visited) => void} goTo another point
 * @property {(z: Float32Array) => void} moveTo a point on the way to another: it is shown, but it is not a step of undo
 * @property {(camera: number[]) => ((part: number) => void) | undefined} [turnTo] returns what turns a map in 3-D a part of the
 *   way to a camera, from 0 to 1
 * @property {(text: string) => void} say shows a text for some seconds
 * @property {() => boolean} isBusy whether something is open that has the keys
 */

/** @type {Shown | null} */
let shown = null;
const listeners = new EventTarget();

/** The view with a point of a model, or null. @param {string} model its id */
export function shownOf(model) {
  return shown?.model === model ? shown : null;
}

/** Announce a view. @param {Shown} view @returns {() => void} call it when the view is left */
export function announce(view) {
  shown = view;
  listeners.dispatchEvent(new Event("change"));
  return () => {
    if (shown !== view) return; // another view has come meanwhile
    shown = null;
    listeners.dispatchEvent(new Event("change"));
  };
}

/** @param {() => void} listener called when a view comes or is left @returns {() => void} stops listening */
export function onShown(listener) {
  listeners.addEventListener("change", listener);
  return () => listeners.removeEventListener("change", listener);
}

/** Ask the tray to save the point that is shown. */
export function askToSave() {
  listeners.dispatchEvent(new Event("save"));
}

/** @param {() => void} listener called when the shown point is to be saved @returns {() => void} stops listening */
export function onAskedToSave(listener) {
  listeners.addEventListener("save", listener);
  return () => listeners.removeEventListener("save", listener);
}
