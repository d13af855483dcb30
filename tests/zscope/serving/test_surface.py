"""What `zscope.serving` shows, and what it does not need."""

import importlib
import pkgutil
import subprocess
import sys

from zscope import serving

MODULES = [
    "zscope.serving",
    *(f"zscope.serving.{module.name}" for module in pkgutil.iter_modules(serving.__path__)),
]


def test_every_module_declares_its_public_names():
    for name in MODULES:
        module = importlib.import_module(name)
        assert module.__doc__, name
        assert sorted(module.__all__) == sorted(set(module.__all__)), name
        assert all(hasattr(module, public) for public in module.__all__), name


def test_the_live_channel_needs_no_streamlit_and_no_deep_learning_framework():
    script = f"import sys, {', '.join(MODULES)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"streamlit", "keras", "tensorflow", "jax", "torch", "zscope.ui", "pages"} & set(loaded)
