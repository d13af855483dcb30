"""The real app in its own process, for tests and benchmarks."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

__all__ = ["RUNNING", "free_port", "running_app", "wait_until_up"]

ROOT = Path(__file__).resolve().parents[2]
RUNNING: dict[str, tuple[int, Path]] = {}  # address of each running app → its process, its log


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_app(
    log: Path,
    script: str = "app.py",
    port: int | None = None,
    installed: tuple[Path, Path] | None = None,
    **environment: str,
):
    """Run `streamlit run` on a free port; yield its address when it answers.

    Args:
        log: file that its output is appended to.
        script: what Streamlit runs.
        port: instead of a free one.
        installed: a folder with installed packages, which `python -m zscope` then uses, and the folder it starts in.
        environment: variables on top of those of this process.

    Raises:
        RuntimeError: it ended or did not answer within three minutes; with the end of its log.
    """
    port = port or free_port()
    if installed:
        packages, folder = installed
        environment |= {"PYTHONPATH": str(packages)}
        command = ["-m", "zscope", "--port", str(port), "--no-browser"]
    else:
        folder = ROOT
        command = ["-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder, stdout=output, stderr=output, env=os.environ | environment, start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://localhost:{port}"
        wait_until_up(url, process, log)
        RUNNING[url] = process.pid, log
        yield url
    finally:
        RUNNING.pop(url, None)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            # Any answer will do: below a base path, the health check is elsewhere.
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"The app did not come up:\n{log.read_text()[-3000:]}")
