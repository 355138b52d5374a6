"""Takes the signals that say stop or read the config again; does nothing of what they ask."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Asked:
    """What signals asked for since the start; a handler does no more than leave word."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self.signal = ""  # the one that said stop
        self.reload = False

    def listen(self) -> bool:
        """Take SIGTERM, SIGINT and SIGHUP, where this thread may; False where it may not."""
        if threading.current_thread() is not threading.main_thread():
            return False
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGHUP, self._read_again)
        return True

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.signal = signal.Signals(number).name
        self._stop.set()

    def _read_again(self, number: int, frame: FrameType | None) -> None:
        self.reload = True
