"""`browse` serves while it runs, answers to its own names alone, and leaves no server behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests import stories
from tests.flow.conftest import command, environment, wait_until

pytest.importorskip("datasette", reason="Datasette is in the extra [browse]")


def status(port: int, host: str = "127.0.0.1", path: str = "/-/stories") -> int | None:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_browse_takes_its_server_along(tmp_path: Path, how: signal.Signals) -> None:
    stories.database(tmp_path / "news.db", stories.only_here())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    browse = subprocess.Popen(
        command("-d", "news.db", "browse", "--port", str(port)), cwd=tmp_path, env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: status(port) == 200, seconds=60)
        assert status(port, host="evil.example") == 400
        assert status(port, path="/a/b/c/d") == 404
        browse.send_signal(how)
        browse.wait(30)
        assert status(port) is None
    finally:
        browse.kill()
        browse.wait()
