/** What a button opens below itself: a menu, or a panel. */

import { element } from "./dom.js";
import { rove } from "./roving.js";

/**
 * @param {HTMLButtonElement} button
 * @param {string} label of the menu
 * @param {{text: string, title: string, act: () => void}[]} entries
 * @returns {HTMLElement} the menu, to be placed after the button
 */
export function menuOf(button, label, entries) {
  const node = element("div.menu", { popover: "auto", role: "toolbar", "aria-orientation": "vertical", "aria-label": label });
  for (const { text, title, act } of entries) {
    const entry = element("button", { type: "button", text, title });
    entry.addEventListener("click", () => {
      node.hidePopover();
      act();
    });
    node.append(entry);
  }
  rove(node, 1);
  opensBelow(button, node);
  return node;
}

/**
 * Let a button open and close a popover below itself.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} node a popover at most 232 pixels wide, to be placed after the button
 */
export function opensBelow(button, node) {
  button.popoverTargetElement = node; // the browser's own toggle handles clicks outside
  node.addEventListener("beforetoggle", () => {
    const { left, bottom } = button.getBoundingClientRect();
    node.style.left = `${Math.max(8, Math.min(left, innerWidth - 240))}px`;
    node.style.top = `${bottom + 6}px`;
  });
}
