"""Starts worker processes: forked from a server without threads, without the caller's script."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from multiprocessing import context, forkserver, popen_forkserver, process, spawn
from typing import Any

from aggregator.edge.sandbox.worker import ONE_THREAD

_bare = threading.local()
_patch_lock = threading.Lock()


def start_server(warm: Sequence[str]) -> None:
    """Start the server that workers are forked from, with the warm modules imported in it."""
    with _patch_lock:
        if spawn.get_preparation_data is not _preparation_data:
            spawn.get_preparation_data = _preparation_data
        added = [name for name in ONE_THREAD if name not in os.environ]
        os.environ.update(dict.fromkeys(added, "1"))
        try:
            forkserver.set_forkserver_preload(["aggregator.edge.sandbox", *warm])
            with _without_main():
                forkserver.ensure_running()
        finally:
            for name in added:
                os.environ.pop(name, None)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    _bare.on = True
    try:
        yield
    finally:
        _bare.on = False


_plain_preparation_data = spawn.get_preparation_data


def _preparation_data(name: str) -> dict[str, Any]:
    """Leave the caller's script out of what a worker imports first.

    multiprocessing runs `__main__` again in each new process. Our functions never live there,
    and a script without a guard would start itself over.
    """
    data = _plain_preparation_data(name)
    if getattr(_bare, "on", False):
        data.pop("init_main_from_name", None)
        data.pop("init_main_from_path", None)
    return data


class _Process(context.ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> Any:  # noqa: N802
        with _without_main():
            return popen_forkserver.Popen(process_obj)


class Context(context.ForkServerContext):
    Process = _Process
