"""Where the project's files are: in a checkout, an editable install and an installed wheel."""

from pathlib import Path

__all__ = ["APP", "ASSETS", "PACKAGES"]

PACKAGES = Path(__file__).resolve().parents[1]  # the folder that `vae` and `zscope` are imported from
_IN_WHEEL = PACKAGES / "zscope" / "app"  # where `pyproject.toml` puts them in a wheel
APP = _IN_WHEEL if _IN_WHEEL.is_dir() else PACKAGES  # holds `app.py`, `.streamlit/`, `pages/` and `assets/`
ASSETS = APP / "assets"
