/**
 * The language of the interface. Text in the source is English and is the key of its translation; `python -m docs.languages` collects
 * it from the calls of `t` and `tn`, so their first arguments are literals. Call them when a view is created, not when a module is
 * loaded: the translations are not there yet.
 */

export const SOURCE = "en";
const ORDER = ["zero", "one", "two", "few", "many", "other"]; // of the plural forms

/** @typedef {Record<string, string | string[]>} Catalogue English text to its translation, or to its plural forms */

let language = SOURCE;
/** @type {Catalogue} */
let catalogue = {};

/** The tag of the language, such as "en" or "zh-Hans". */
export function currentLanguage() {
  return language;
}

/** Change the language to one whose translations are there. @param {string} tag @param {Catalogue} texts */
export function useLanguage(tag, texts) {
  language = tag;
  catalogue = texts;
}

/**
 * The translation of an English text.
 *
 * @param {string} text with placeholders such as {name}
 * @param {Record<string, unknown>} [values] of the placeholders; one without a value stays as it is
 * @returns {string}
 */
export function t(text, values) {
  const found = catalogue[text] ?? text;
  return filled(Array.isArray(found) ? found.at(-1) : found, values);
}

/**
 * The translation of an English text with a number.
 *
 * @param {string} one for 1
 * @param {string} many for other numbers
 * @param {number} n chooses the form
 * @param {Record<string, unknown>} [values] of the placeholders; {n} is the number, formatted
 * @returns {string}
 */
export function tn(one, many, n, values) {
  const found = catalogue[one];
  const all = { n: formatCount(n), ...values };
  if (!Array.isArray(found)) return filled(n === 1 ? one : many, all);
  const rules = new Intl.PluralRules(language);
  const forms = ORDER.filter((name) => rules.resolvedOptions().pluralCategories.includes(/** @type {Intl.LDMLPluralRule} */ (name)));
  return filled(found[Math.min(forms.indexOf(rules.select(n)), found.length - 1)], all);
}

/** @param {string} text @param {Record<string, unknown>} [values] */
function filled(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (place, name) => (Object.hasOwn(values, name) ? String(values[name]) : place)) : text;
}

/**
 * A text whose placeholders are elements, as children of an element.
 *
 * @param {string} text of `t`, called without these values
 * @param {Record<string, Node>} nodes by placeholder
 * @returns {(Node | string)[]}
 */
export function withNodes(text, nodes) {
  return text.split(/\{(\w+)\}/).flatMap((part, i) => (i % 2 ? [nodes[part] ?? `{${part}}`] : part ? [part] : []));
}

/** Sentences one after the other; "" is left out. @param {...string} texts */
export function sentences(...texts) {
  return texts.filter(Boolean).reduce((before, next) => (before ? t("{before} {next}", { before, next }) : next), "");
}

/** A text with a full stop at its end, unless it has one. @param {string} text */
export function sentence(text) {
  return /[.!?…。！？]$/u.test(text) ? text : t("{text}.", { text });
}

/** A number of things, with separators of thousands. @param {number} count */
export function formatCount(count) {
  return count.toLocaleString(language);
}

/**
 * The first language that the browser asks for and that is offered; English if none is.
 *
 * @param {readonly string[]} asked such as `navigator.languages`
 * @param {string[]} offered tags of the translations
 * @returns {string}
 */
export function chosenLanguage(asked, offered) {
  for (const tag of asked) {
    const match = [SOURCE, ...offered].find((one) => written(one) === written(tag));
    if (match) return match;
  }
  return SOURCE;
}

/** Language and script of a tag: "zh-CN" → "zh-Hans". @param {string} tag */
function written(tag) {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script}`;
  } catch {
    return ""; // not a tag
  }
}
