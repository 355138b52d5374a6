"""What sites reserve, asked for once an hour however many threads ask."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from aggregator.core.addresses import Fence
from aggregator.edge.web import origins
from aggregator.edge.web.reservations import ReservationBook
from aggregator.errors import FetchError, Refused, TooLarge, Unreachable

BODY = b'[{"location": "/a", "tdm-reservation": 1}]'
PAGE = Fence().enter("https://paper.example/a/1")
OTHER = Fence().enter("https://paper.example:8443/a/1")


class Site:
    """Counts what is asked; answers with a body, or raises."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, url: str, stop: threading.Event | None) -> bytes:
        self.asked.append(url)
        time.sleep(0.02)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds added to the clock of the book."""
    ahead, real = [0.0], time.monotonic

    class Clock:
        monotonic = staticmethod(lambda: real() + ahead[0])

    monkeypatch.setattr(origins, "time", Clock)
    return ahead


def test_f17_many_threads_ask_once_for_each_origin() -> None:
    site = Site(BODY)
    book = ReservationBook(site)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: book.rule_for(PAGE if n % 2 else OTHER, None), range(40)))
    assert all(rule is not None and rule.reserved for rule in found)
    assert sorted(site.asked) == [
        "https://paper.example:443/.well-known/tdmrep.json",
        "https://paper.example:8443/.well-known/tdmrep.json",
    ]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Refused("x", 404), 3600),
        (Refused("x", 503), 300),
        (Unreachable("x", "no"), 300),
        (TooLarge("x", "big"), 300),
        (BODY, 3600),
    ],
)
def test_f17_what_is_known_holds_an_hour_and_a_fault_five_minutes(
    later: list[float], fault: bytes | Exception, seconds: float
) -> None:
    site = Site(fault, BODY)
    book = ReservationBook(site)
    assert (book.rule_for(PAGE, None) is not None) == (fault is BODY)
    later[0] = seconds - 5
    book.rule_for(PAGE, None)
    assert len(site.asked) == 1
    later[0] = seconds + 5
    assert book.rule_for(PAGE, None) is not None
    assert len(site.asked) == 2


def test_f17_being_stopped_says_nothing_of_the_site() -> None:
    stop = threading.Event()
    stop.set()
    site = Site(FetchError("x", "stopped"), BODY)
    book = ReservationBook(site)
    with pytest.raises(FetchError, match="stopped"):
        book.rule_for(PAGE, stop)
    assert book.rule_for(PAGE, None) is not None


def test_f17_only_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "RULE_BYTES", 3 * len(BODY))
    site = Site(BODY)
    book = ReservationBook(site)
    pages = [Fence().enter(f"https://p{n}.example/a") for n in range(5)]
    for page in [*pages, pages[0], pages[4]]:
        book.rule_for(page, None)
    assert len(site.asked) == 6, "the first was forgotten, the last was not"
