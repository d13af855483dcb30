"""Runs commands in this process, with an empty folder of user models."""

import pytest
from typer.testing import CliRunner

from vae.errors import ZscopeError
from vae.formats.bundle import save_bundle
from zscope.cli import app


@pytest.fixture
def models_home(tmp_path, monkeypatch):
    """An empty folder for models."""
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def save_model(models_home, make_content):
    """Save a bundle of random weights there: `save_model("a", title="A")`."""
    return lambda name, **change: save_bundle(models_home / name, **make_content() | {"id": name} | change)


@pytest.fixture
def command():
    """`command("models", "--json")` → its result, which went well; `command(..., fails=True)` → the domain error."""

    def run(*arguments, stdin: str = "", fails: bool = False):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        if fails:
            assert isinstance(result.exception, ZscopeError), result.exception
            assert result.exception.hint
            return result.exception
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run
