/**
 * What the Streamlit component calls: `mount` at every run of the script, `unmount` when the page is left.
 */

import { Explorer } from "./explorer.js";

const mounted = new WeakMap(); // parentElement → {explorer, identity}

/**
 * @param {{parentElement: ShadowRoot, data: object, setStateValue: (name: string, value: any) => void}} component
 */
export async function mount(component) {
  const { parentElement, data, setStateValue } = component;
  const send = (point) => setStateValue("point", point);
  const identity = `${data.model.id} ${data.model.codesUrl}`;
  const before = mounted.get(parentElement);
  if (before?.identity === identity) {
    before.send = send; // the script ran again: nothing that the hand holds is touched
    return;
  }
  before?.explorer?.destroy();
  const entry = { identity, send, explorer: null };
  mounted.set(parentElement, entry);
  await addStyles(parentElement, data.base);
  if (mounted.get(parentElement) !== entry) return; // unmounted, or another model, while the styles came
  entry.explorer = new Explorer(parentElement.querySelector(".root"), data, (point) => entry.send(point));
  // A door for tests and benchmarks: what the read-out has measured.
  parentElement.host.zscope = entry.explorer;
}

/** @param {ShadowRoot} parentElement */
export function unmount(parentElement) {
  mounted.get(parentElement)?.explorer?.destroy();
  mounted.delete(parentElement);
}

function addStyles(parentElement, base) {
  if (parentElement.querySelector("link")) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`${base}/assets/css/explore.css`, location.origin).href;
  parentElement.prepend(link);
  // Shown only when styled.
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}
