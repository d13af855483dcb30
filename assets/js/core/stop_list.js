/** The view with stops of a path that is open now. The tray of favourites, which is on every page, adds stops to it. */

/** @typedef {(z: number[], image: number | null) => string} AddStop adds a stop at the end, and returns what was done */

/** @type {AddStop | null} */
let current = null;
const listeners = new EventTarget();

/** What adds a stop on the open page; null on pages without stops. @returns {AddStop | null} */
export function stopAdder() {
  return current;
}

/** Announce a view with stops. @param {AddStop} add @returns {() => void} call it when the view is left */
export function announceStops(add) {
  current = add;
  listeners.dispatchEvent(new Event("change"));
  return () => {
    if (current !== add) return; // another view has come meanwhile
    current = null;
    listeners.dispatchEvent(new Event("change"));
  };
}

/** @param {() => void} listener called when such a view comes or is left @returns {() => void} stops listening */
export function onStops(listener) {
  listeners.addEventListener("change", listener);
  return () => listeners.removeEventListener("change", listener);
}
