"""Imports the deep-learning framework, where it is needed, without its log output."""

import os
import sys
import tempfile

from vae.inference.runtime import choose_runtime

__all__ = ["load_framework", "load_runtime"]

# Beginnings of TensorFlow's C++ log lines, which no setting turns off before its logging is set up.
_GREETINGS = (
    "WARNING: All log messages before absl",
    "I0000 ",
    "W0000 ",
    "E0000 ",
    "To enable the following instructions",
)


def load_runtime() -> None:
    """Import the framework if models are to run on it (`vae.inference.runtime`)."""
    if choose_runtime() == "keras":
        load_framework()


def load_framework() -> None:
    """Import Keras and its backend, and remove TensorFlow's usual messages, such as those about CUDA, from stderr."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile("w+b") as printed:
        os.dup2(printed.fileno(), 2)  # the C++ code writes to the descriptor, not to sys.stderr
        try:
            import vae.backend  # noqa: F401
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            printed.seek(0)
            for line in printed.read().decode(errors="replace").splitlines():
                if line and not line.startswith(_GREETINGS):
                    print(line, file=sys.stderr)
