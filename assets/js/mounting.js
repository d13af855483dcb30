/**
 * What a Streamlit component calls: `mount` at every run of the script, `unmount` when the page is left. What is shown is
 * made once, and again only when it is of something else.
 */

/**
 * @param {new (root: HTMLElement, page: object, send: (name: string, value: any) => void) => {destroy: () => void}} View
 * @param {string[]} sheets names of style sheets
 * @param {(data: object) => string} identityOf what Python sent: another one, another view
 * @param {string[]} [triggers] names that Python hears once, not as a state
 */
export function mounting(View, sheets, identityOf, triggers = []) {
  const mounted = new WeakMap(); // parentElement → {view, identity, send}

  /** @param {{parentElement: ShadowRoot, data: object, setStateValue: Function, setTriggerValue: Function}} component */
  async function mount(component) {
    const { parentElement, data } = component;
    const send = (name, value) => (triggers.includes(name) ? component.setTriggerValue : component.setStateValue)(name, value);
    const identity = identityOf(data);
    const before = mounted.get(parentElement);
    if (before?.identity === identity) {
      before.send = send; // the script ran again: nothing that the hand holds is touched
      return;
    }
    before?.view?.destroy();
    const entry = { identity, send, view: null };
    mounted.set(parentElement, entry);
    await addStyles(parentElement, data.base, sheets);
    if (mounted.get(parentElement) !== entry) return; // unmounted, or another view, while the styles came
    entry.view = new View(parentElement.querySelector(".root"), data, (...message) => entry.send(...message));
    parentElement.host.zscope = entry.view; // a door for tests and benchmarks
  }

  /** @param {ShadowRoot} parentElement */
  function unmount(parentElement) {
    mounted.get(parentElement)?.view?.destroy();
    mounted.delete(parentElement);
  }

  return { mount, unmount };
}

/** Resolves when they are there: it is shown only when styled. */
function addStyles(parentElement, base, sheets) {
  if (parentElement.querySelector("link")) return;
  const links = sheets.map((name) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`${base}/assets/css/${name}.css`, location.origin).href;
    return link;
  });
  parentElement.prepend(...links);
  return Promise.all(links.map((link) => new Promise((resolve) => (link.onload = link.onerror = resolve))));
}
