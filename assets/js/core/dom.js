/**
 * Building elements without a framework.
 */

/**
 * @param {string} tag with classes, such as "div.card.wide"
 * @param {Record<string, any>} [properties] attributes; on… are listeners; `text` is the content
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
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
  return node;
}

/** z with the dimension's number as subscript digits: 13 → "z₁₃". */
export function dimensionName(index) {
  return "z" + String(index).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

/** A code's number for people: a true minus, two decimals. */
export function formatNumber(value, decimals = 2) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text.replace("-", "−");
}
