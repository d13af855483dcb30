/**
 * Keyboard shortcuts of a page. The keys are not passed on to Streamlit, whose shortcut R runs the script again. Typing in a
 * field is not affected.
 */

/**
 * @param {Record<string, (event: KeyboardEvent) => void>} actions by key, letters in lower case; with Ctrl (on a Mac, Command) as
 *   "Ctrl+z", and with Shift too as "Ctrl+Shift+z"
 * @param {(event: KeyboardEvent) => boolean} applies whether shortcuts are active for this event
 * @returns {() => void} stops listening
 */
export function listenKeys(actions, applies) {
  const onKey = (event) => {
    if (event.altKey) return;
    const action = actions[nameOf(event)];
    if (!action || !applies(event)) return;
    const target = event.composedPath()[0];
    if (target.closest?.("input:not([type=range]), textarea, select, [contenteditable=true]")) return;
    // Space presses a focused button or link.
    if (event.key === " " && target.closest?.("button, summary, a")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    action(event);
  };
  // In the capture phase of the window: before any other listener of the page.
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

function nameOf({ key, ctrlKey, metaKey, shiftKey }) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return ctrlKey || metaKey ? `Ctrl+${shiftKey ? "Shift+" : ""}${name}` : name;
}
