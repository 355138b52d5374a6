"""One browser, one database and one Datasette for all tests that look at pages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from aggregator.datasette_plugin.guard import allowed_names
from aggregator.datasette_plugin.metadata import metadata
from aggregator.datasette_plugin.serving import browse_arguments
from tests import stories
from tests.browser.visiting import find_chromium, read_axe

# The plug-in as its entry point would register it, installed or not.
_SERVER = (
    "import sys; from datasette.plugins import pm; import aggregator.datasette_plugin as p\n"
    "pm.is_registered(p) or pm.register(p, 'aggregator')\n"
    "from datasette.cli import cli; cli(sys.argv[1:])"
)


# Of the package, not of the session: while it is open, its thread can run no other event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is in the extra [dev]"
    )
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    chromium = find_chromium()
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def axe() -> str:
    return read_axe()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo database in a real Datasette, started the way `aggregator browse` does."""
    folder = tmp_path_factory.mktemp("site")
    with serving(stories.database(folder / "news.db", *stories.day().stories)) as address:
        yield address


@contextmanager
def serving(database: Path) -> Iterator[str]:
    """A Datasette of its own process on the database; its address."""
    pytest.importorskip("datasette", reason="Datasette is in the extra [browse]")
    told = database.with_suffix(".json")
    hosts = {"plugins": {"aggregator": {"hosts": allowed_names("127.0.0.1")}}}
    told.write_text(json.dumps(metadata(database.stem) | hosts))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = browse_arguments(
        database, "127.0.0.1", port, version("datasette"), metadata_path=told
    )
    with database.with_suffix(".log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, *arguments], stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address)
            yield address
        finally:
            server.terminate()
            server.wait(10)


def _wait(address: str) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address + "/-/versions.json", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("Datasette did not start in 30 s")
