"""ONNX Runtime sends nothing to its makers and writes nothing to the user's folders."""

from tests.vae.formats.importing.onnx_files import file_of


def test_no_statistics_are_written_or_sent(tmp_path, run_python):
    (tmp_path / "home").mkdir()
    (tmp_path / "decoder.onnx").write_bytes(file_of())
    code = (
        "import os; os.environ.pop('ORT_DISABLE_TELEMETRY', None)\n"
        "import numpy; from pathlib import Path; from vae.models.onnx_session import OnnxSession\n"
        f"data = Path({str(tmp_path / 'decoder.onnx')!r}).read_bytes()\n"
        "OnnxSession(data, 'decoder', 'z', {'pictures': (1, 8, 8)})(numpy.zeros((1, 2), 'float32'))"
    )
    done = run_python("-c", code, HOME=str(tmp_path / "home"), XDG_CACHE_HOME="")
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "home").iterdir()) == []
