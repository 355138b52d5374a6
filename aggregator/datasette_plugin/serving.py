"""Starts Datasette on a database with our plug-in, metadata and safe settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aggregator.datasette_plugin.guard import allowed_names
from aggregator.errors import AggregatorError, UsageError


def serve(
    database: Path,
    *,
    host: str,
    port: int,
    open_browser: bool,
    sql: bool,
    names: Sequence[str] = (),
) -> None:
    """Run Datasette until it is stopped; UsageError when it is not installed.

    It answers to the names of this machine, to `host` and to `names`.
    """
    try:
        found = version("datasette")
    except PackageNotFoundError as error:
        raise UsageError(
            "browse",
            "Datasette is not installed",
            hint="pip install 'news-aggregator-dedup[browse]'",
        ) from error
    from aggregator.datasette_plugin.metadata import metadata

    with tempfile.TemporaryDirectory(prefix="aggregator-") as folder:
        described = Path(folder) / "datasette.json"
        told = {
            **metadata(database.stem),
            "plugins": {"aggregator": {"hosts": allowed_names(host, names)}},
        }
        described.write_text(json.dumps(told), encoding="utf-8")
        arguments = browse_arguments(database, host, port, found, metadata_path=described)
        if sql:
            arguments += ["--setting", "default_allow_sql", "on"]
        if open_browser:
            arguments.append("--open")
        command = [sys.executable, "-m", "datasette", *arguments]
        # Else the server outlives a program that a service manager stops.
        before = signal.signal(signal.SIGTERM, _interrupt)
        process = None
        try:
            process = subprocess.Popen(command, env=os.environ)
            code = process.wait()
        except KeyboardInterrupt:
            if process is not None:
                process.terminate()
                process.wait()
            return
        finally:
            signal.signal(signal.SIGTERM, before)
    if code:
        raise AggregatorError("browse", f"Datasette ended with code {code}", hint="another --port")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def browse_arguments(
    db_path: str | Path,
    host: str,
    port: int,
    datasette_version: str,
    *,
    metadata_path: str | Path,
) -> list[str]:
    """Arguments of the `datasette` command that serves a database safely.

    `metadata_path` is a file the caller has written `metadata(stem)` to, as JSON. Visitors get
    no SQL of their own and no download; facets have a second, and none are suggested, because
    on 200,000 articles the defaults time out.
    """
    told = ["--metadata", str(metadata_path)]
    # 1.0 reads canned queries and facets from --config, and 0.65 has no such file.
    if not datasette_version.startswith("0."):
        told += ["--config", str(metadata_path)]
    settings = {
        "default_allow_sql": "off",
        "allow_download": "off",
        "suggest_facets": "off",
        "default_facet_size": "15",
        "facet_time_limit_ms": "1000",
        "sql_time_limit_ms": "3000",
    }
    chosen = [part for name, value in settings.items() for part in ("--setting", name, value)]
    return ["serve", str(db_path), *told, "--host", host, "--port", str(port), *chosen]
