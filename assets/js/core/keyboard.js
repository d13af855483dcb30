/**
 * The page's keys. Letters never reach Streamlit (its own R re-runs the script), and typing in a field is left alone.
 */

/**
 * @param {Record<string, (event: KeyboardEvent) => void>} actions by key, letters in lower case
 * @param {(event: KeyboardEvent) => boolean} applies whether the keys are ours now
 * @returns {() => void} stop listening
 */
export function listenKeys(actions, applies) {
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !applies(event)) return;
    const target = event.composedPath()[0];
    if (target.closest?.("input:not([type=range]), textarea, select, [contenteditable=true]")) return;
    // On a button or a link, space and enter are its own.
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
