/**
 * What the Streamlit component calls: `mount` at every run of the script, `unmount` when the page is left.
 */

import { MapView } from "./mapview.js";

const mounted = new WeakMap(); // parentElement → {view, identity, send}

/**
 * @param {{parentElement: ShadowRoot, data: object, setStateValue: Function, setTriggerValue: Function}} component
 */
export async function mount(component) {
  const { parentElement, data } = component;
  const send = (name, value) => (name === "stop" ? component.setTriggerValue(name, value) : component.setStateValue(name, value));
  const identity = `${data.model.id} ${data.map.url} ${data.map.turn}`;
  const before = mounted.get(parentElement);
  if (before?.identity === identity) {
    before.send = send; // the script ran again: nothing that the hand holds is touched
    return;
  }
  before?.view?.destroy();
  const entry = { identity, send, view: null };
  mounted.set(parentElement, entry);
  await addStyles(parentElement, data.base);
  if (mounted.get(parentElement) !== entry) return; // unmounted, or another map, while the styles came
  entry.view = new MapView(parentElement.querySelector(".root"), data, (...message) => entry.send(...message));
  parentElement.host.zscope = entry.view; // a door for tests and benchmarks
}

/** @param {ShadowRoot} parentElement */
export function unmount(parentElement) {
  mounted.get(parentElement)?.view?.destroy();
  mounted.delete(parentElement);
}

function addStyles(parentElement, base) {
  if (parentElement.querySelector("link")) return;
  const sheets = ["explore", "map"].map((name) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`${base}/assets/css/${name}.css`, location.origin).href;
    return link;
  });
  parentElement.prepend(...sheets);
  return Promise.all(sheets.map((link) => new Promise((resolve) => (link.onload = link.onerror = resolve))));
}
