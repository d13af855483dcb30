/**
 * One Tab stop for a row of buttons: arrow keys, Home and End move the focus (WAI-ARIA's "roving tabindex").
 */

/**
 * Give a group of buttons one Tab stop.
 *
 * @param {HTMLElement} group whose buttons may change at any time
 * @param {number} [columns] number of columns of a grid of buttons, in which ↑ and ↓ move by a row
 * @returns {HTMLElement} the group
 */
export function rove(group, columns = 0) {
  /** @type {HTMLButtonElement | null} */
  let current = null; // the Tab stop
  const buttons = () => [...group.querySelectorAll("button")].filter(({ hidden, disabled }) => !hidden && !disabled);
  const renew = () => {
    const there = buttons();
    if (!there.includes(current)) current = there[0] ?? null;
    for (const button of there) button.tabIndex = button === current ? 0 : -1;
  };
  group.addEventListener("focusin", ({ target }) => {
    current = /** @type {Element} */ (target).closest("button");
    renew();
  });
  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const there = buttons();
    const at = there.indexOf(/** @type {Element} */ (event.target).closest("button"));
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: there.length - 1, ...(columns && { ArrowUp: at - columns, ArrowDown: at + columns }) }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault(); // no scrolling
    event.stopPropagation();
    there[Math.min(there.length - 1, Math.max(0, next))].focus();
  });
  new MutationObserver(renew).observe(group, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden", "disabled"] });
  renew();
  return group;
}
