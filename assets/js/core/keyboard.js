/**
 * Keyboard shortcuts of a page. The keys are not passed on to Streamlit, whose shortcut R runs the script again. Typing in a
 * field is not affected.
 */

/**
 * @param {Record<string, (event: KeyboardEvent) => void>} actions by key, letters in lower case
 * @param {(event: KeyboardEvent) => boolean} applies whether shortcuts are active for this event
 * @returns {() => void} stops listening
 */
export function listenKeys(actions, applies) {
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !applies(event)) return;
    const target = event.composedPath()[0];
    if (target.closest?.("input:not([type=range]), textarea, select, [contenteditable=true]")) return;
    // Space presses a focused button or link.
    if (event.key === " " && target.closest?.("button, summary, a")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    action(event);
  };
  // In the capture phase of the window: before any other listener of the page.
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
