"""`export`: the file, and the printed report."""

import json
import zipfile

import pytest

from vae.errors import BadRequestError, DataError, ModelNotFoundError


def test_prints_lines_by_default(command, save_model, tmp_path):
    save_model("tiny")
    out = tmp_path / "there" / "mine.zip"
    done = command("export", "tiny", "--format", "onnx", "--out", out)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{out}: ONNX, 0.0 MB, in ")
    assert lines[1] == "Loaded again and compared on 256 test images; largest differences from the model:"
    assert [line.split()[0] for line in lines[2:5]] == ["z_mean", "z_log_var", "pictures"]
    assert all(float(line.split()[1]) < 1e-4 for line in lines[2:5])
    assert '  (pictures,) = decoder.run(None, {"codes": codes})' in lines
    assert zipfile.is_zipfile(out)


def test_json_for_programs(command, save_model, tmp_path, monkeypatch):
    save_model("tiny")
    monkeypatch.chdir(tmp_path)
    report = json.loads(command("export", "tiny", "--format", "bundle", "--json").stdout)
    assert report["file"] == str(tmp_path / "tiny.zip")
    assert report["bytes"] == (tmp_path / "tiny.zip").stat().st_size
    assert report["differences"] == {"z_mean": 0, "z_log_var": 0, "pictures": 0}
    assert report["images"] == 256


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(["tiny", "--format", "h5"], BadRequestError), (["no", "--format", "onnx"], ModelNotFoundError)],
)
def test_refusals(command, save_model, arguments, error):
    save_model("tiny")
    assert isinstance(command("export", *arguments, fails=True), error)


def test_a_place_that_cannot_be_written(command, save_model, tmp_path):
    save_model("tiny")
    (tmp_path / "taken").write_text("a file")
    error = command("export", "tiny", "--format", "bundle", "--out", tmp_path / "taken" / "tiny.zip", fails=True)
    assert isinstance(error, DataError) and error.message.startswith("Can't write the export of tiny: ")
    assert (tmp_path / "taken").read_text() == "a file"
