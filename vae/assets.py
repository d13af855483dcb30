"""Where the files are that come with the project: models, data, maps, scripts."""

from pathlib import Path

__all__ = ["ASSETS", "ROOT"]

ROOT = Path(__file__).resolve().parents[1]  # holds the packages, `app.py`, `pages/` and `assets/`
ASSETS = ROOT / "assets"
