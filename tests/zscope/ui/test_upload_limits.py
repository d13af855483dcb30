"""Every dialog accepts files up to the size that it states."""

import ast
import tomllib
from pathlib import Path

import pytest

from vae.formats.importing.file_type import MOST_BYTES
from zscope.ui.models import importing
from zscope.ui.talks import editor
from zscope.ui.train import user_pictures

ROOT = Path(__file__).resolve().parents[3]
DIALOGS = {
    "zscope/ui/models/importing.py": importing,
    "zscope/ui/talks/editor.py": editor,
    "zscope/ui/train/user_pictures.py": user_pictures,
}
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def uploaders(path: Path) -> list[ast.Call]:
    """Calls of Streamlit's that take files."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    takers = ("file_uploader", "camera_input", "chat_input", "audio_input")
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in takers]


def test_all_dialogs_are_known():
    files = [path for folder in ("pages", "zscope/ui") for path in (ROOT / folder).rglob("*.py")]
    assert {str(path.relative_to(ROOT)) for path in files if uploaders(path)} == DIALOGS.keys()


@pytest.mark.parametrize("file", DIALOGS)
def test_the_server_takes_what_a_dialog_names(file):
    """`server.maxUploadSize` overrides what a dialog names."""
    calls = uploaders(ROOT / file)
    assert calls
    for call in calls:
        named = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}["max_upload_size"]
        assert getattr(DIALOGS[file], named) <= CONFIG["server"]["maxUploadSize"]


def test_the_reader_of_models_takes_what_the_dialog_names():
    assert importing._UPLOAD_MB << 20 <= MOST_BYTES
