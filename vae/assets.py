"""Paths of the project's files: in a checkout, an editable install and an installed wheel."""

from pathlib import Path

__all__ = ["APP", "ASSETS", "PACKAGES"]

PACKAGES = Path(__file__).resolve().parents[1]  # the folder from which `vae` and `zscope` are imported
_IN_WHEEL = PACKAGES / "zscope" / "app"  # `pyproject.toml` puts the files there in a wheel
APP = _IN_WHEEL if _IN_WHEEL.is_dir() else PACKAGES  # contains `app.py`, `.streamlit/`, `pages/` and `assets/`
ASSETS = APP / "assets"
