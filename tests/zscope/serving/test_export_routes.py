"""Exported files over HTTP."""

from asgi import getter

from vae.formats.exporting.report import ExportReport
from zscope.jobs import exports as jobs
from zscope.jobs.exports import ExportJob
from zscope.serving.exports import export_routes

get = getter(export_routes("/content"))


def test_a_finished_export_is_sent_to_be_saved(tmp_path, monkeypatch):
    file = tmp_path / "tiny-onnx.zip"
    file.write_bytes(b"the archive")
    report = ExportReport("tiny", "onnx", file, 11, 1.0, 256, {"pictures": 0.0}, "")
    done, working = ExportJob("a", "tiny", "onnx", "done", report=report), ExportJob("b", "tiny", "keras", "working")
    monkeypatch.setattr(jobs, "_JOBS", {"a": done, "b": working})
    status, headers, body = get("/content/exports/a")
    assert (status, body) == (200, b"the archive")
    assert headers["content-disposition"] == 'attachment; filename="tiny-onnx.zip"'
    assert headers["cache-control"] == "no-store"
    for key in ("b", "c", ".."):
        status, _, body = get(f"/content/exports/{key}")
        assert status == 404 and b"prepare it again" in body
    file.unlink()
    assert get("/content/exports/a")[0] == 404
