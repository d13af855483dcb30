/**
 * A small stand-in for the browser's document: enough of elements for the tests of what they show, without layout.
 */

class Element extends EventTarget {
  children = [];
  dataset = {};
  style = { setProperty() {} };
  hidden = false;
  disabled = false;
  clientWidth = 300;
  clientHeight = 300;
  width = 300;
  height = 300;
  open = false;
  value = "";
  #text = "";
  #attributes = new Map();

  constructor(name) {
    super();
    this.name = name;
  }

  get classList() {
    const names = () => new Set((this.className ?? "").split(" ").filter(Boolean));
    return {
      contains: (name) => names().has(name),
      toggle: (name, on = !names().has(name)) => {
        const all = names();
        if (on) all.add(name);
        else all.delete(name);
        this.className = [...all].join(" ");
      },
      add: (name) => this.classList.toggle(name, true),
      remove: (name) => this.classList.toggle(name, false),
    };
  }

  get textContent() {
    return this.#text + this.children.map((child) => child.textContent ?? child).join("");
  }

  set textContent(text) {
    this.children = [];
    this.#text = String(text);
  }

  toggleAttribute(name, on) {
    if (on) this.#attributes.set(name, "");
    else this.#attributes.delete(name);
  }

  setAttribute(name, value) {
    this.#attributes.set(name, String(value));
    if (["hidden", "disabled"].includes(name)) this[name] = true;
    if (["value", "min", "max"].includes(name)) this[name] = String(value);
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  /** Of a select. */
  get options() {
    return this.children;
  }

  append(...children) {
    this.children.push(...children);
    for (const child of children) if (child instanceof Element) child.parentElement = this;
  }

  replaceChildren(...children) {
    this.textContent = "";
    this.append(...children);
  }

  /** Descendants by a selector such as "input", ".hint" or "[value=strip]"; a longer one finds nothing. */
  querySelectorAll(selector) {
    const [, tag, className, attribute, value] = /^([a-z][a-z0-9]*)?(?:\.([\w-]+))?(?:\[([\w-]+)=([\w-]+)\])?$/.exec(selector) ?? [];
    const fits = (node) =>
      (tag || className || attribute) &&
      (!tag || node.name === tag) &&
      (!className || node.classList.contains(className)) &&
      (!attribute || node.getAttribute(attribute) === value);
    return this.children.filter((child) => child instanceof Element).flatMap((child) => [...(fits(child) ? [child] : []), ...child.querySelectorAll(selector)]);
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  insertBefore(child, before) {
    const at = this.children.indexOf(before);
    this.children.splice(at < 0 ? this.children.length : at, 0, child);
    child.parentElement = this;
  }

  after() {}

  scrollIntoView() {}

  checkVisibility() {
    return true;
  }

  getRootNode() {
    return { activeElement: null };
  }

  click() {
    this.dispatchEvent(new Event("click"));
  }

  focus() {}

  matches() {
    return false;
  }

  /** A drawing surface that keeps nothing. */
  getContext() {
    return new Proxy({}, { get: (_, name) => (name === "getImageData" ? () => ({ data: new Uint8ClampedArray(0) }) : () => {}), set: () => true });
  }
}

/** Put it in the place of the browser's document. */
export function installElements() {
  const document = new EventTarget();
  document.createElement = (name) => new Element(name);
  document.createElementNS = (space, name) => Object.assign(new Element(name), { namespaceURI: space });
  document.documentElement = new Element("html");
  globalThis.document = document;
}
