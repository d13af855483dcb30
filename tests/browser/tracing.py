"""What the browser lays out while something moves, by its own trace."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Trace", "traced"]

# Counts nodes that are added or removed, also in the shadow roots of the page's components.
_WATCH = """() => {
    window.changedNodes = [];
    const elements = [...document.querySelectorAll("*")];
    const roots = [document, ...elements.map(({ shadowRoot }) => shadowRoot).filter(Boolean)];
    const observer = new MutationObserver((records) => {
        for (const { target, addedNodes, removedNodes } of records)
            window.changedNodes.push(`${target.className}: +${addedNodes.length} -${removedNodes.length}`);
    });
    for (const root of roots) observer.observe(root, { subtree: true, childList: true });
}"""


@dataclass
class Trace:
    """Attributes:
    layouts: number of dirty layout objects at the beginning of each layout.
    changed_nodes: where nodes were added or removed.
    """

    layouts: list[int] = field(default_factory=list)
    changed_nodes: list[str] = field(default_factory=list)


@contextmanager
def traced(page) -> Iterator[Trace]:
    """Trace a page; the trace is complete after the block."""
    trace = Trace()
    page.evaluate(_WATCH)
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    try:
        yield trace
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    trace.layouts += [
        event["args"]["beginData"]["dirtyObjects"]
        for event in events
        if event["name"] == "Layout" and "beginData" in event["args"]
    ]
    trace.changed_nodes += page.evaluate("() => window.changedNodes")
