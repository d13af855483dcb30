"""Usual messages of the framework are hidden; other messages are shown."""

import pytest


@pytest.mark.full
def test_loading_it_is_silent(run_python):
    done = run_python("-c", "from zscope.cli.framework import load_framework; load_framework(); import keras")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.full
def test_other_output_of_the_framework_is_shown(run_python):
    code = """
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "vae.backend":
            os.write(2, b"I0000 00:00 a greeting\\nThe GPU is on fire\\n")
sys.meta_path.insert(0, Finder())
from zscope.cli.framework import load_framework
load_framework()
"""
    done = run_python("-c", code)
    assert (done.returncode, done.stderr) == (0, "The GPU is on fire\n")


def test_a_backend_that_is_not_there_is_named(run_python):
    done = run_python(
        "-c", "from zscope.cli.framework import load_framework; load_framework()", KERAS_BACKEND="nonsense"
    )
    assert done.returncode == 1
    assert "nonsense" in done.stderr
