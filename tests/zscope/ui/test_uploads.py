"""What uploaded files may take: in one tab, in all of them, and while they are still coming."""

import asyncio
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from zscope.ui import uploads
from zscope.ui.uploads import UploadQuota, release_uploads


@pytest.fixture
def files(monkeypatch):
    """Streamlit's own store of uploaded files."""
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    monkeypatch.setattr(uploads.runtime, "exists", lambda: True)
    monkeypatch.setattr(uploads.runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    return manager


def keep(files, session: str, id: str, size: int) -> None:
    files.add_file(session, UploadedFileRec(id, id, "", bytes(size)))


async def put(app, session: str, parts: list[int], announced: bool = True) -> tuple[int, int]:
    """Status of the answer, and how many parts were read."""
    read, sent = 0, []

    async def receive():
        nonlocal read
        read += 1
        await asyncio.sleep(0)  # others go on meanwhile
        return {"type": "http.request", "body": bytes(parts[read - 1]), "more_body": read < len(parts)}

    async def send(message):
        sent.append(message)

    headers = [(b"content-length", str(sum(parts)).encode())] if announced else []
    path = f"/_stcore/upload_file/{session}/file"
    await app({"type": "http", "method": "PUT", "path": path, "query_string": b"", "headers": headers}, receive, send)
    return sent[0]["status"], read


def quota(**limits):
    """An app that takes any upload, below the quota."""

    async def take(request):
        return PlainTextResponse(str(len(await request.body())))

    return UploadQuota(Starlette(routes=[Route("/{path:path}", take, methods=["PUT", "POST"])]), **limits)


def upload(app, *arguments, **more):
    return asyncio.run(put(app, *arguments, **more))


def test_a_tab_may_hold_so_much(files):
    app = quota(session_bytes=100, total_bytes=1000)
    keep(files, "a", "1", 60)
    assert upload(app, "a", [41]) == (503, 0), "refused before it is read"
    assert upload(app, "a", [40])[0] == upload(app, "b", [100])[0] == 200


def test_all_tabs_together_may_hold_so_much(files):
    app = quota(session_bytes=100, total_bytes=150)
    keep(files, "a", "1", 80)
    assert upload(app, "b", [71]) == (503, 0)
    assert upload(app, "b", [70])[0] == 200
    files.remove_session_files("a")
    assert upload(app, "b", [71])[0] == 200


def test_counts_uploads_of_unknown_length_while_they_arrive(files):
    app = quota(session_bytes=100, total_bytes=1000)
    assert upload(app, "a", [30] * 50, announced=False) == (503, 4)
    assert upload(app, "a", [30] * 3, announced=False) == (200, 3)  # what was refused is forgotten


def test_files_that_come_at_one_time_count_together(files):
    async def both():
        app = quota(session_bytes=1000, total_bytes=100)
        return await asyncio.gather(*(put(app, session, [30, 30, 30], announced=False) for session in "ab"))

    statuses = [status for status, _ in asyncio.run(both())]
    assert sorted(statuses) in ([200, 503], [503, 503])


def test_other_requests_pass(files):
    app = quota(session_bytes=0, total_bytes=0)
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"12", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/content/x", "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 200


def test_a_dialog_releases_only_the_files_of_its_tab(files, monkeypatch):
    keep(files, "mine", "1", 10)
    keep(files, "yours", "1", 10)
    context = SimpleNamespace(session_id="mine", uploaded_file_mgr=files)
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    release_uploads()
    assert files.get_files("mine", ["1"]) == [] and files.get_files("yours", ["1"])
