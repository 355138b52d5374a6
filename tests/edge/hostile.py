"""What hostile input makes a parser do, as functions to run in a worker."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable

from aggregator.errors import ParseError, Refused


def add(a: int, b: int = 1) -> int:
    return a + b


def echo(value: object) -> object:
    return value


def match_for_ever() -> None:
    """`re` holds the interpreter lock all the time, so no thread could end this."""
    re.match(r"(x+x+)+y", "x" * 60)


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def burn(seconds: float) -> float:
    """Be at work for so many seconds of the processor; gives how many the clock needed."""
    begun, until = time.monotonic(), time.process_time() + seconds
    while time.process_time() < until:
        pass
    return time.monotonic() - begun


def slowness() -> float:
    """How much longer than on an idle machine work takes now, by the clock; 1 where it is idle."""
    return burn(0.2) / 0.2


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def take(size: int) -> int:
    return len(bytearray(size))


def take_slowly() -> None:
    held = []
    while True:
        held.append(b"\0" * (16 << 20))


def raise_ours() -> None:
    raise ParseError("page", "no text in it", hint="another page")


def raise_refused() -> None:
    raise Refused("page", 503, retry_after=7)


def raise_bug() -> None:
    raise KeyError("a bug")


class Unportable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__("cannot travel")


def raise_unportable() -> None:
    raise Unportable(1, 2)


def give_a_function() -> Callable[[], None]:
    return lambda: None


def make_noise() -> None:
    print("noise on stdout", flush=True)
    print("noise on stderr", file=sys.stderr, flush=True)
    os.write(2, b"noise on the descriptor")


def tell() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "threads": threading.active_count(),
        "openblas": os.environ.get("OPENBLAS_NUM_THREADS"),
        "sigint": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "main": getattr(sys.modules["__main__"], "__file__", None),
        "json": "json.tool" in sys.modules,
    }
