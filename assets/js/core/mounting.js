/**
 * What a Streamlit component calls: `mount` at every run of the script, `unmount` when the page is left. What is shown is
 * made once, and again only when it is of something else.
 *
 * Who goes to another page must arrive there: a state that reaches Streamlit between the click on a link and the other
 * page's run brings this page back. So views tell what they have yet to tell before the click counts, and are held after it.
 * What they told is not lost: while Python has not begun a run for it, a run of another page would take its place. So the
 * click waits for the answer to a last state, `leaving`, which Python sends back as `data.leaving`.
 */

/** @typedef {{destroy: () => void, leave?: () => void}} View `leave` sends what waits to be sent */
/** @typedef {(name: string, value: unknown) => void} Send */
/** @typedef {{identity: string, view: View | null, send: Send, answered: ((mark: unknown) => void) | null}} Entry */

const LINKS = "[data-testid=stSidebarNavLink], [data-testid=stPageLink-NavLink]";
const HOLD = 1500; // milliseconds after a click, if the page is not left by then
const SETTLED = 5000; // milliseconds after which a state counts as taken, and after which no answer is waited for
/** @type {Set<Entry>} of all views that are mounted */
const entries = new Set();
let leaving = -Infinity; // when a link was last clicked, in performance.now() time
let told = -Infinity; // when Streamlit was last told something
/** @type {Entry | null} */
let teller = null; // that told it
/** @type {string | null} */
let answered = null; // the address of a link whose click was put off and now counts

/** @param {MouseEvent} event */
function beforeLeaving(event) {
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest?.(LINKS));
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // of another tab
  const again = answered === link.href;
  answered = null;
  if (!again) {
    leaving = -Infinity; // so that it is told at once
    for (const { view } of entries) view?.leave?.();
  }
  leaving = performance.now();
  if (again || leaving - told > SETTLED || !entries.has(teller)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  whenTaken(teller, () => {
    answered = link.href;
    [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(LINKS))].find(({ href }) => href === link.href)?.click();
  });
}

/** Call `go` once Python has begun a run with all that `entry` told it. @param {Entry} entry @param {() => void} go */
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

/** Tell Streamlit now, or when it is clear that the page stays. @param {Entry} entry @param {[string, unknown]} message */
function tell(entry, message) {
  const wait = leaving + HOLD - performance.now();
  if (wait > 0) {
    setTimeout(() => entries.has(entry) && tell(entry, message), wait);
    return;
  }
  told = performance.now();
  teller = entry;
  entry.send(...message);
}

/**
 * @template {import("./model.js").PageData} Page
 * @param {new (root: HTMLElement, page: Page, send: Send) => View} View
 * @param {string[]} sheets names of style sheets
 * @param {(data: Page) => string} identityOf what Python sent: another one, another view
 * @param {string[]} [triggers] names that Python hears once, not as a state
 */
export function mounting(View, sheets, identityOf, triggers = []) {
  /** @type {WeakMap<ShadowRoot, Entry>} */
  const mounted = new WeakMap();

  /** @param {StreamlitComponent<Page>} component */
  async function mount(component) {
    const { parentElement, data } = component;
    /** @type {Send} */
    const send = (name, value) => (triggers.includes(name) ? component.setTriggerValue : component.setStateValue)(name, value);
    const identity = identityOf(data);
    const before = mounted.get(parentElement);
    if (before?.identity === identity) {
      before.send = send; // the script ran again: nothing that the hand holds is touched
      before.answered?.(data.leaving);
      return;
    }
    forget(before);
    /** @type {Entry} */
    const entry = { identity, send, view: null, answered: null };
    mounted.set(parentElement, entry);
    entries.add(entry);
    await addStyles(parentElement, data.base, sheets);
    if (mounted.get(parentElement) !== entry) return; // unmounted, or another view, while the styles came
    entry.view = new View(parentElement.querySelector(".root"), data, (...message) => tell(entry, message));
    Object.assign(parentElement.host, { zscope: entry.view }); // a door for tests and benchmarks
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
 * @param {string} base
 * @param {string[]} sheets
 */
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
