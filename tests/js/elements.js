/**
 * A small stand-in for the browser's document: enough of elements for the tests of what they show, without layout.
 */

class Element extends EventTarget {
  children = [];
  dataset = {};
  style = { setProperty() {} };
  hidden = false;
  disabled = false;
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

  setAttribute(name, value) {
    this.#attributes.set(name, String(value));
    if (["hidden", "disabled"].includes(name)) this[name] = true;
    if (["value", "min", "max"].includes(name)) this[name] = String(value);
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  append(...children) {
    this.children.push(...children);
    for (const child of children) if (child instanceof Element) child.parentElement = this;
  }

  replaceChildren(...children) {
    this.textContent = "";
    this.append(...children);
  }

  querySelectorAll() {
    return [];
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
  globalThis.document = { createElement: (name) => new Element(name) };
}
