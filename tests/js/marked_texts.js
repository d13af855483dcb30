/**
 * Finds the texts of scripts with TypeScript's parser: those that `t` and `tn` translate, calls that the extraction cannot read, and
 * literals that look like texts but are not translated. Prints them as JSON.
 *
 *     node tests/js/marked_texts.js SCRIPT…
 */

import { readFileSync } from "node:fs";
import ts from "typescript";

const MARKS = new Map([["t", 1], ["tn", 2]]); // how many texts each has
const SHOWN = new Set(["text", "title", "aria-label", "ariaLabel", "aria-roledescription", "alt", "placeholder", "label", "textContent"]);
const WRITERS = new Set(["say", "show", "showText", "showBriefly", "append", "replaceChildren", "Error"]);
// Functions whose arguments are names for the browser, not texts; RangeError tells of a defect in a protocol or a file.
const NAMES = new Set(["querySelector", "querySelectorAll", "closest", "matches", "matchMedia", "setAttribute", "addEventListener", "setProperty", "RangeError", "error", "createElementNS", "open", "startsWith", "includes", "test", "replace", "split", "join", "getContext", "getPropertyValue", "set", "has", "get", "delete"]);
const STYLES = /^(style|dataset|font|className|rel|href|src|innerHTML|cookie|width|height|left|top|transform|strokeStyle|fillStyle)$/;

/** A sentence or a capitalised word. @param {string} text */
const isProse = (text) => /[A-Za-z’']{2,}[,.:;]? [A-Za-z“]/.test(text) || /^[A-Z][a-z]+\b/.test(text);

/** @param {ts.Expression} called */
function nameOf(called) {
  if (ts.isIdentifier(called)) return called.text;
  return ts.isPropertyAccessExpression(called) ? called.name.text : "";
}

/** The node in whose place a literal stands: beyond conditions, alternatives and templates. @param {ts.Node} node */
function placeOf(node) {
  let [inner, outer] = [node, node.parent];
  while (
    ts.isParenthesizedExpression(outer) || ts.isTemplateSpan(outer) || ts.isTemplateExpression(outer) ||
    (ts.isConditionalExpression(outer) && outer.condition !== inner) ||
    (ts.isBinaryExpression(outer) && ["??", "||", "+"].includes(outer.operatorToken.getText()))
  ) [inner, outer] = [outer, outer.parent]; // prettier-ignore
  return { inner, outer };
}

/** Whether a literal is a text that people see but that no call translates. @param {ts.LiteralLikeNode} node */
function isUnmarked(node) {
  const { text } = node;
  if (!/[A-Za-z]{2}/.test(text)) return false;
  const { inner, outer } = placeOf(node);
  if (ts.isImportDeclaration(outer) || ts.isExportDeclaration(outer) || ts.isCaseClause(outer) || ts.isElementAccessExpression(outer)) return false;
  if (ts.isPropertyAssignment(outer)) {
    if (outer.name === inner) return false;
    const name = /** @type {ts.Identifier} */ (outer.name).text;
    return SHOWN.has(name) || (!["style", "type", "class"].includes(name) && isProse(text));
  }
  if (ts.isCallExpression(outer) || ts.isNewExpression(outer)) {
    const name = nameOf(outer.expression);
    if (MARKS.has(name) || NAMES.has(name)) return name === "setAttribute" && outer.arguments[1] === inner && isProse(text) && !/^[MLZ0-9 .a-z]+$/.test(text);
    const at = (outer.arguments ?? []).indexOf(/** @type {ts.Expression} */ (inner));
    if (name === "element") return at >= 2;
    if (["pictureCanvas", "setText"].includes(name)) return at === 1;
    return WRITERS.has(name) ? / |^[A-Z][a-z]/.test(text.trim()) : isProse(text);
  }
  if (ts.isBinaryExpression(outer)) {
    if (outer.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false; // a comparison
    const { left } = outer;
    if (!ts.isPropertyAccessExpression(left)) return isProse(text);
    if (SHOWN.has(left.name.text)) return true;
    return isProse(text) && !STYLES.test(left.name.text) && !(ts.isPropertyAccessExpression(left.expression) && STYLES.test(left.expression.name.text));
  }
  return isProse(text);
}

const found = { marked: [], unreadable: [], unmarked: [] };
for (const path of process.argv.slice(2)) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const at = (node) => `${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  /** @param {ts.Node} node */
  const visit = (node) => {
    const count = ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? MARKS.get(node.expression.text) : undefined;
    if (count !== undefined) {
      const texts = /** @type {ts.CallExpression} */ (node).arguments.slice(0, count);
      if (texts.every(ts.isStringLiteral)) found.marked.push([path, ...texts.map(({ text }) => text)]);
      else found.unreadable.push([at(node), node.getText()]);
    }
    const literal = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || node.kind === ts.SyntaxKind.TemplateHead || node.kind === ts.SyntaxKind.TemplateMiddle || node.kind === ts.SyntaxKind.TemplateTail;
    if (literal && isUnmarked(/** @type {ts.LiteralLikeNode} */ (node))) found.unmarked.push([at(node), /** @type {ts.LiteralLikeNode} */ (node).text]);
    ts.forEachChild(node, visit);
  };
  visit(source);
}
console.log(JSON.stringify(found));
