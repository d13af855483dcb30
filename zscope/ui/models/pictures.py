"""A model's pictures as HTML, and the styles of the Models page. Untrusted text is escaped."""

import streamlit as st

from zscope.library.picker_pictures import Picks
from zscope.library.picture_cache import PICKS, SHEETS, Sheet, picture_key
from zscope.library.registry import ModelEntry
from zscope.ui.language import _
from zscope.ui.server import base_path
from zscope.ui.text import html_text

__all__ = ["reconstructions", "samples", "show_styles"]

_STYLES = """
button[kind="primaryFormSubmit"] { color: light-dark(#fff, #06231e); }
.stMain [data-testid="stHeading"] h3 { font-size: 1.13rem; padding: 0.6rem 0 0.3rem; }
@media (max-width: 1100px) {  /* two columns beside the sidebar would be too narrow for a table and for code */
  [class*="st-key-zscope_two"] [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
  [class*="st-key-zscope_two"] [data-testid="stColumn"] { min-width: 100%; }
}
.st-key-zscope_shelf { display: grid; grid-template-columns: repeat(auto-fill, minmax(max(215px, 30%), 1fr)); }
.st-key-zscope_shelf > * { height: 100%; }
.st-key-zscope_shelf [class*="st-key-zscope_model_"] { height: 100%; }
.st-key-zscope_shelf [class*="st-key-zscope_model_"] > :last-child { margin-top: auto; }
.st-key-zscope_shelf button { padding-inline: 10px; min-width: 0; }
.st-key-zscope_undo_toast { position: fixed; bottom: 20px; left: 50%; transform: translateX(-50%); z-index: 1000;
  width: max-content; max-width: calc(100vw - 24px); padding: 8px 8px 8px 16px;
  background: light-dark(#fff, #1a202b); box-shadow: 0 6px 24px rgb(0 0 0 / 0.35); }
.zs-sheet { display: block; width: 100%; height: auto; background: #000; border-radius: 8px;
  image-rendering: pixelated; }
.zs-head { display: flex; gap: 8px; align-items: baseline; justify-content: space-between; margin-top: 10px; }
.zs-head strong { overflow-wrap: anywhere; line-height: 1.3; }
.zs-kind { flex: none; font-size: 0.78rem; padding: 1px 8px; border-radius: 99px;
  color: light-dark(#0f766e, #5eead4); background: light-dark(#0f766e18, #5eead41a); }
.zs-kind.trained { color: light-dark(#1d5fa8, #82b8ff); background: light-dark(#1d5fa818, #82b8ff1a); }
.zs-kind.imported { color: light-dark(#7a3fa0, #cfa3f0); background: light-dark(#7a3fa018, #cfa3f01a); }
.zs-kind.broken { color: light-dark(#a8231d, #ff9d94); background: light-dark(#a8231d18, #ff9d941a); }
.zs-quiet { font-size: 0.86rem; color: light-dark(#5a6472, #98a3b3); overflow-wrap: anywhere; }
.zs-figures { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0; font-variant-numeric: tabular-nums; }
.zs-figures span { color: light-dark(#5a6472, #98a3b3); font-size: 0.86rem; }
.zs-note { margin-top: 6px; padding-left: 8px; border-left: 2px solid light-dark(#d8dbd5, #262d3a);
  font-size: 0.86rem; white-space: pre-line; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.zs-table { width: 100%; border-collapse: collapse; font-size: 0.93rem; }
.zs-table td { padding: 5px 0; vertical-align: baseline; overflow-wrap: anywhere;
  border-bottom: 1px solid light-dark(#e6e8e3, #1f2530); }
.zs-table td:first-child { padding-right: 14px; }
.zs-table td:last-child { font-variant-numeric: tabular-nums; }
.zs-table small { display: block; color: light-dark(#5a6472, #98a3b3); font-size: 0.82rem; }
.zs-table.figures td:last-child { white-space: nowrap; text-align: right; }
.zs-table.record td:first-child { white-space: nowrap; color: light-dark(#5a6472, #98a3b3); }
div.zs-picks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 14px 22px; }
.zs-errors { display: grid; font-size: 0.74rem; text-align: center; margin-top: 3px;
  font-variant-numeric: tabular-nums; color: light-dark(#5a6472, #98a3b3); }
"""


def show_styles() -> None:
    st.html(f"<style>{_STYLES}</style>")


def samples(entry: ModelEntry, kind: Sheet) -> str:
    """Return HTML of the contact sheet, which the server makes when the browser first requests it."""
    count, columns = SHEETS[kind][:2]
    height, width = entry.manifest.model.image_shape[:2]
    alt = _("{n} samples from {title}", n=count, title=entry.title)
    # The element has its size before the picture is loaded, so that the page does not shift.
    ratio = f"{columns * width} / {count // columns * height}"
    return _image(entry, f"samples/{kind}", alt, f"aspect-ratio: {ratio}")


def reconstructions(entry: ModelEntry, picks: Picks) -> str:
    """Return HTML of the three sheets with each picture's error below it."""
    titles = {"best": _("Best"), "median": _("Around the median"), "worst": _("Worst")}
    height, width = entry.manifest.model.image_shape[:2]
    parts = []
    for kind, errors in zip(PICKS, picks.errors, strict=True):
        count = len(errors)
        numbers = "".join(f"<span>{_short(error)}</span>" for error in errors)
        alt = _("{kind} reconstructions: test images above, reconstructions below", kind=titles[kind])
        image = _image(entry, f"reconstructions/{kind}", alt, f"aspect-ratio: {count * width} / {2 * height}")
        grid = f"grid-template-columns: repeat({count}, minmax(0, 1fr))"
        parts.append(f"<div><div class='zs-quiet'>{titles[kind]}</div>{image}<div class='zs-errors' style='{grid}'>")
        parts.append(f"{numbers}</div></div>")
    return f"<div class='zs-picks'>{''.join(parts)}</div>"


def _image(entry: ModelEntry, what: str, alt: str, style: str) -> str:
    source = f"{base_path()}/content/models/{entry.id}/{what}?v={picture_key(entry.manifest)}"
    return f"<img class='zs-sheet' src='{html_text(source)}' alt='{html_text(alt)}' style='{style}' loading='lazy'>"


def _short(error: float) -> str:
    """Format an error, which is below 1: ".0041"."""
    return f"{error:.4f}".removeprefix("0")
