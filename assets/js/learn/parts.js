/**
 * Controls and read-outs that all figures share.
 */

import { element, setText } from "../core/dom.js";
import { t } from "../core/language.js";

let number = 0; // of the labels' ids

/**
 * A slider with its name and value.
 *
 * @param {object} settings
 * @param {string} settings.name
 * @param {number} settings.min
 * @param {number} settings.max
 * @param {number} settings.step
 * @param {number} settings.value
 * @param {(value: number) => string} settings.format
 * @param {(value: number) => void} settings.onInput
 */
export function slider({ name, min, max, step, value, format, onInput }) {
  const id = `learn-${++number}`;
  const input = element("input", { type: "range", id, min, max, step, value });
  const output = element("output", { for: id });
  const show = () => {
    setText(output, format(input.valueAsNumber));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    show();
    onInput(input.valueAsNumber);
  });
  show();
  const node = element("div.control", {}, element("label", { for: id, text: name }), input, output);
  return {
    node,
    input,
    get value() {
      return input.valueAsNumber;
    },
    /** Change it without an input event. @param {number} next */
    set(next) {
      input.value = String(next);
      show();
    },
  };
}

/**
 * A row of buttons of which one is chosen.
 *
 * @param {string} name for screen readers, and shown before the buttons
 * @param {Record<string, string>} options key → text
 * @param {string} value the chosen key
 * @param {(key: string) => void} onChange
 */
export function choice(name, options, value, onChange) {
  const buttons = Object.entries(options).map(([key, text]) =>
    element("button", { type: "button", text, "data-key": key, "aria-pressed": String(key === value), onclick: () => choose(key) }),
  );
  const chosen = { value };
  function choose(key) {
    chosen.value = key;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.key === key));
    onChange(key);
  }
  const node = element("div.choice", { role: "group", "aria-label": name }, element("span.aside", { text: name }), element("div.options", {}, ...buttons));
  return { node, chosen, choose };
}

/**
 * Names with values that change in place. Each value is also in the list's `data-…` attributes, by its key.
 *
 * @param {Record<string, string>} names by key
 */
export function facts(names) {
  const values = new Map();
  const rows = Object.entries(names).map(([key, name]) => {
    const value = element("dd");
    values.set(key, value);
    return element("div", {}, element("dt", { text: name }), value);
  });
  const node = element("dl.facts", {}, ...rows);
  return {
    node,
    /** @param {string} key @param {string} text @param {number} [exact] */
    set(key, text, exact) {
      setText(values.get(key), text);
      if (exact !== undefined) node.dataset[key] = String(exact);
    },
  };
}

/** A figure's part with a heading. @param {string} title @param {...(Node | string)} children */
export function part(title, ...children) {
  return element("section.part", {}, element("h3", { text: title }), ...children);
}

/** A number of nats. @param {number} value @param {number} [decimals] */
export function nats(value, decimals = 2) {
  return t("{n} nats", { n: signed(value, decimals) });
}

/** A share as percentage. @param {number} share @param {number} [decimals] */
export function percent(share, decimals = 0) {
  return t("{n} %", { n: signed(100 * share, decimals) });
}

/** A number with a true minus sign. @param {number} value @param {number} [decimals] */
export function signed(value, decimals = 2) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return value.toFixed(decimals).replace("-", "−");
}
