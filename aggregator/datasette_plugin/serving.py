"""Starts Datasette on a database with our plug-in, metadata and safe settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aggregator.errors import AggregatorError, UsageError


def serve(database: Path, *, host: str, port: int, open_browser: bool, sql: bool) -> None:
    """Run Datasette until it is stopped; UsageError when it is not installed."""
    try:
        found = version("datasette")
    except PackageNotFoundError as error:
        raise UsageError(
            "browse",
            "Datasette is not installed",
            hint="pip install 'news-aggregator-dedup[browse]'",
        ) from error
    from aggregator.datasette_plugin.metadata import browse_arguments, metadata

    with tempfile.TemporaryDirectory(prefix="aggregator-") as folder:
        described = Path(folder) / "datasette.json"
        described.write_text(json.dumps(metadata(database.stem)), encoding="utf-8")
        arguments = browse_arguments(database, host, port, found, metadata_path=described)
        if sql:
            arguments += ["--setting", "default_allow_sql", "on"]
        if open_browser:
            arguments.append("--open")
        command = [sys.executable, "-m", "datasette", *arguments]
        process = subprocess.Popen(command, env=os.environ)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return
    if code:
        raise AggregatorError("browse", f"Datasette ended with code {code}", hint="another --port")
