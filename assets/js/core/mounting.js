/**
 * The functions that a Streamlit component calls: `mount` at every run of the script, `unmount` when the page is left. A view
 * is created once, and again only when its identity changes.
 *
 * A state that reaches Streamlit between the click on a link and the other page's run returns to this page and loses the
 * click. So views send their pending states before the click takes effect; later states wait. A state is lost too when the
 * other page's run replaces the run that would have received it. So the click waits for the answer to a last state,
 * `leaving`, which Python sends back as `data.leaving`.
 */

import { setLanguage } from "./catalogue.js";
import { currentLanguage } from "./language.js";

/** @typedef {{destroy: () => void, leave?: () => void}} View `leave` sends pending states */
/** @typedef {(name: string, value: unknown) => void} Send */
/** @typedef {{identity: string, view: View | null, send: Send, answered: ((mark: unknown) => void) | null}} Entry */

const LEAVE = new Set(["go", "path", "scene", "end"]); // requests after which Python opens another page
const LINKS = "[data-testid=stSidebarNavLink], [data-testid=stPageLink-NavLink]";
const HOLD = 1500; // milliseconds that states wait after a click, if the page is not left
const SETTLED = 5000; // milliseconds after which a state counts as received
/** @type {Set<Entry>} of all views that are mounted */
const entries = new Set();
let leaving = -Infinity; // when a link was last clicked, in performance.now() time
let sent = -Infinity; // when the last state was sent
/** @type {Entry | null} */
let sender = null; // that sent it
/** @type {string | null} */
let answered = null; // the address of a link whose delayed click now takes effect

/** @param {MouseEvent} event */
function beforeLeaving(event) {
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest?.(LINKS));
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // opens another tab
  const again = answered === link.href;
  answered = null;
  if (!again) {
    leaving = -Infinity; // so that states are sent at once
    for (const { view } of entries) view?.leave?.();
  }
  leaving = performance.now();
  if (again || leaving - sent > SETTLED || !entries.has(sender)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  whenTaken(sender, () => {
    answered = link.href;
    [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(LINKS))].find(({ href }) => href === link.href)?.click();
  });
}

/** Call `go` once Python has begun a run with all states of `entry`. @param {Entry} entry @param {() => void} go */
function whenTaken(entry, go) {
  const mark = Date.now();
  const late = setTimeout(() => entry.answered(mark), SETTLED);
  entry.answered = (answer) => {
    if (answer !== mark) return;
    clearTimeout(late);
    entry.answered = null;
    go();
  };
  entry.send("leaving", mark);
}

document.addEventListener("click", beforeLeaving, { capture: true });

/** Send a state now, or when it is clear that the page stays. @param {Entry} entry @param {[string, unknown]} message */
function tell(entry, message) {
  const leaves = LEAVE.has(message[0]);
  const wait = leaving + HOLD - performance.now();
  if (wait > 0 && !leaves) {
    setTimeout(() => entries.has(entry) && tell(entry, message), wait);
    return;
  }
  if (leaves) for (const { view } of entries) view?.leave?.();
  sent = performance.now();
  sender = entry;
  entry.send(...message);
  if (leaves) leaving = performance.now(); // later states wait
}

/**
 * @template {import("./messages.js").PageData} Page
 * @param {new (root: HTMLElement, page: Page, send: Send) => View} View
 * @param {string[]} sheets names of style sheets
 * @param {(data: Page) => string} identityOf of what Python sent: a new view for each
 * @param {string[]} [requests] names of what Python handles once. They are states too: Streamlit forgets a trigger if another
 *   state interrupts the run that has it
 */
export function mounting(View, sheets, identityOf, requests = []) {
  /** @type {WeakMap<ShadowRoot, Entry>} */
  const mounted = new WeakMap();

  /** @param {StreamlitComponent<Page>} component */
  async function mount(component) {
    const { parentElement, data } = component;
    /** @type {Send} */
    const send = (name, value) => component.setStateValue(name, requests.includes(name) ? { value, at: performance.timeOrigin + performance.now() } : value);
    const identity = `${data.language} ${identityOf(data)}`; // another language makes another view
    const before = mounted.get(parentElement);
    if (before?.identity === identity) {
      before.send = send; // the script ran again: the view stays as it is
      before.answered?.(data.leaving);
      return;
    }
    forget(before);
    /** @type {Entry} */
    const entry = { identity, send, view: null, answered: null };
    mounted.set(parentElement, entry);
    entries.add(entry);
    await Promise.all([addStyles(parentElement, sheets), setLanguage(data.language, data.base)]);
    if (mounted.get(parentElement) !== entry) return; // unmounted, or another view, while the styles came
    parentElement.host.setAttribute("lang", currentLanguage());
    entry.view = new View(parentElement.querySelector(".root"), data, (...message) => tell(entry, message));
    Object.assign(parentElement.host, { zscope: entry.view }); // for tests and benchmarks
  }

  /** @param {ShadowRoot} parentElement */
  function unmount(parentElement) {
    forget(mounted.get(parentElement));
    mounted.delete(parentElement);
  }

  function forget(entry) {
    entry?.view?.destroy();
    entries.delete(entry);
  }

  return { mount, unmount };
}

/**
 * Resolves when the style sheets are there: a view is shown only when styled.
 *
 * @param {ShadowRoot} parentElement
 * @param {string[]} sheets
 */
function addStyles(parentElement, sheets) {
  if (parentElement.querySelector("link")) return;
  const links = sheets.map((name) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(`../../css/${name}.css`, import.meta.url).href; // of the same version as this script
    return link;
  });
  parentElement.prepend(...links);
  return Promise.all(links.map((link) => new Promise((resolve) => (link.onload = link.onerror = resolve))));
}
