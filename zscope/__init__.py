"""The application around the library `vae`: models on disk, jobs, the server, pages and the command line.

From Python, `zscope.load_model("mnist-16")` loads a listed model. Importing `zscope` loads no deep-learning framework.
"""

import importlib

_HOMES = {
    "find_model": "zscope.library.registry",
    "list_models": "zscope.library.registry",
    "load_model": "zscope.library.open_models",
}

__all__ = ["__version__", *sorted(_HOMES)]

__version__ = "0.1.0"


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'zscope' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
