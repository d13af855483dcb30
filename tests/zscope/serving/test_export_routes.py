"""Exported files over HTTP."""

import pytest
from asgi import getter
from pydantic import TypeAdapter

from vae.formats.exporting.report import ExportReport
from zscope.jobs.job import Job, write_status
from zscope.serving.exports import export_routes

get = getter(export_routes("/content"))
DONE, RUNNING = "a" * 20, "b" * 20


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_EXPORTS", str(tmp_path))
    for key, state in ((DONE, "done"), (RUNNING, "running")):
        (tmp_path / key).mkdir()
        write_status(tmp_path / key, Job("export", key, state))
    return tmp_path / DONE


def test_a_finished_export_is_sent_to_be_saved(folder):
    file = folder / "tiny-onnx.zip"
    file.write_bytes(b"the archive")
    report = ExportReport("tiny", "onnx", file, 11, 1.0, 256, {"pictures": 0.0}, "")
    (folder / "report.json").write_bytes(TypeAdapter(ExportReport).dump_json(report))
    status, headers, body = get(f"/content/exports/{DONE}")
    assert (status, body) == (200, b"the archive")
    assert headers["content-disposition"] == 'attachment; filename="tiny-onnx.zip"'
    assert headers["cache-control"] == "no-store"
    for key in (RUNNING, "c" * 20, ".."):
        status, _, body = get(f"/content/exports/{key}")
        assert status == 404 and b"prepare it again" in body
    file.unlink()
    assert get(f"/content/exports/{DONE}")[0] == 404
