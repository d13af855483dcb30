/**
 * Helpers that create HTML elements without a framework.
 */

/** @template Name @typedef {Name extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Name] : HTMLElement} ElementNamed */

/**
 * The element that a tag with classes makes: "input.steps" → HTMLInputElement.
 *
 * @template Tag
 * @typedef {Tag extends `${infer Name}.${string}` ? ElementNamed<Name> : ElementNamed<Tag>} ElementOf
 */

/**
 * Create an element.
 *
 * @template {string} Tag
 * @param {Tag} tag with classes, such as "div.card.wide"
 * @param {Record<string, any>} [properties] attributes; on… are listeners; `text` is the content
 * @param {...(Node | string)} children
 * @returns {ElementOf<Tag>}
 */
export function element(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) {
    if (key === "text") node.textContent = value;
    else if (key.startsWith("on")) value && node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children);
  return /** @type {ElementOf<Tag>} */ (node);
}

/**
 * Create a button. Its name for assistive technology is its text, or its title if the text is a symbol.
 *
 * @param {string} text
 * @param {string} title
 * @param {(event: MouseEvent) => void} onclick
 */
export function button(text, title, onclick) {
  return element("button", { type: "button", text, title, "aria-label": /\p{L}/u.test(text) ? null : title, onclick });
}

/**
 * Change the text of an element whose only content is text. No node is created or removed if it has a text already, so in a
 * box of fixed size nothing around it is laid out again.
 *
 * @param {HTMLElement} node
 * @param {string} text
 */
export function setText(node, text) {
  const { firstChild } = node;
  if (firstChild?.nodeType !== 3) node.textContent = text;
  else if (firstChild.nodeValue !== text) firstChild.nodeValue = text;
}

/** The element at which an event began, inside shadow roots too. @param {Event} event */
export function originOf(event) {
  return /** @type {HTMLElement} */ (event.composedPath()[0]);
}

/** Whether an element is a slider. @param {Element} element */
export function isRange(element) {
  return element instanceof HTMLInputElement && element.type === "range";
}

/** The focused element of the document or shadow root that a node is in. @param {Node} node */
export function focusedNear(node) {
  return /** @type {HTMLElement | null} */ (/** @type {Document | ShadowRoot} */ (node.getRootNode()).activeElement);
}

/** z with the dimension's number as subscript digits: 13 → "z₁₃". @param {number} index */
export function dimensionName(index) {
  return "z" + String(index).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

/** A number as people read it, with a true minus sign. @param {number} value @param {number} [decimals] */
export function formatNumber(value, decimals = 2) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text.replace("-", "−");
}
