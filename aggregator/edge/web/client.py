"""Sends guarded requests and follows redirects of GET; reads no content and stores nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from aggregator.core.addresses import Fence, Target, show
from aggregator.core.robots import ROBOTS_CAP
from aggregator.core.tdmrep import FILE_CAP, TdmRule
from aggregator.edge.web.exchange import REDIRECTS, Exchange
from aggregator.edge.web.lines import Lines
from aggregator.edge.web.reservations import ReservationBook
from aggregator.edge.web.rules import RuleBook
from aggregator.edge.web.turns import Turns
from aggregator.edge.web.watchdog import Watchdog
from aggregator.errors import (
    NotAllowed,
    Unreachable,
    UsageError,
)

_VALIDATORS = ("If-None-Match", "If-Modified-Since")
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer: a truncated one is an error and never gets this far."""

    url: str  # as asked for
    final_url: str  # after redirects, normalised, without fragment
    status: int  # 200, or 304 with an empty body
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # content decoding undone; characters still encoded
    wire_bytes: int  # length of the body as it was sent
    ms: int  # asking and reading, all hops; waiting for a turn not counted
    permanent: bool  # there were redirects and each was a 301 or 308
    hops: tuple[str, ...]  # addresses that redirected, in order


class Web:
    """The one door to the network; thread-safe.

    `timeout` is the longest time in seconds from the start of a request to the last byte of its
    last redirect. `connect_timeout` is the longest time for a connection to stand, and the
    longest silence after that. Requests to one host run `per_host` at a time and start
    `host_pause` seconds apart; waiting for that counts toward no time-out.

    With a `proxy` (`http://host:port`) names are not resolved here: it does that, and must keep
    its own fence. Proxies named in the environment are ignored. `allow_private` is explained at
    `aggregator.core.addresses.Fence`. Raises `UsageError` when one of the two makes no sense.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeout: float = 20,
        connect_timeout: float = 6,
        proxy: str | None = None,
        allow_private: Sequence[str] = (),
        per_host: int = 2,
        host_pause: float = 1.0,
        max_redirects: int = 5,
        obey_robots: bool = True,
    ) -> None:
        self._agent = user_agent
        self._timeout = timeout
        self._max_redirects = max_redirects
        self._fence = Fence(allow_private)
        self._lines = Lines(
            self._fence,
            proxy=None if proxy is None else _read_proxy(proxy),
            seconds=connect_timeout,
            agent=user_agent,
        )
        self._exchange = Exchange(self._lines)
        self._turns = Turns(per_host=per_host, pause=host_pause)
        self._watchdog = Watchdog()
        self._rules = RuleBook(self._fetch_robots, user_agent=user_agent) if obey_robots else None
        self._reservations = ReservationBook(self._fetch_tdmrep)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up idle connections and end the watchdog."""
        self._lines.close()
        self._watchdog.close()

    def get(
        self,
        url: str,
        *,
        max_bytes: int,
        accept: str = "*/*",
        etag: str | None = None,
        last_modified: str | None = None,
        robots: bool = False,
        stop: threading.Event | None = None,
    ) -> Answer:
        """Fetch an address: a whole 200, or a 304 to the validators given.

        `max_bytes` caps the decoded body. With `robots` each hop must be allowed by its host's
        robots.txt. Setting `stop` ends waiting and cuts a request under way.

        Raises `NotAllowed`, `TooSlow`, `TooLarge`, `Unreachable`, `Refused` (any other status)
        and plain `FetchError` when stopped.
        """
        headers = {"User-Agent": self._agent, "Accept": accept, "Accept-Encoding": "gzip"}
        for name, value in zip(_VALIDATORS, (etag, last_modified), strict=True):
            if value and value.isascii() and value.isprintable():
                headers[name] = value
        answer = self._follow(url, headers, max_bytes, robots, stop, cut=False)
        if answer.status == 304 and headers.keys().isdisjoint(_VALIDATORS):
            raise Unreachable(show(url), "it answered 304 to a request without validators")
        return answer

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        stop: threading.Event | None = None,
    ) -> int:
        """Send a body once, to that very address, and give the status, 200 to 299.

        Redirects are refused like any other status: what is sent is meant for one receiver.
        Raises `NotAllowed`, `TooSlow`, `Unreachable`, `Refused` where it surely was not taken,
        and `Unsure` where it went out and no answer came. `stop` ends waiting for a turn alone.
        """
        target = self._fence.enter(url)
        sent = {"User-Agent": self._agent, **headers}
        with self._turns.turn(target.host, stop):
            deadline = time.monotonic() + self._timeout
            with self._watchdog.watch(deadline, None) as guard:
                return self._exchange.post(target, sent, body, guard)

    def tdm_rule(self, url: str, *, stop: threading.Event | None = None) -> TdmRule | None:
        """What the site's file of reservations says of an address; None for nothing.

        The file is asked for once an hour, as robots.txt is, whatever robots.txt says of it.
        Raises `NotAllowed` for an address that may not be asked, and `FetchError` when stopped.
        """
        return self._reservations.rule_for(self._fence.enter(url), stop)

    def _fetch_robots(self, url: str, stop: threading.Event | None) -> bytes:
        headers = {"User-Agent": self._agent, "Accept": "text/plain,*/*;q=0.5"}
        headers["Accept-Encoding"] = "gzip"
        return self._follow(url, headers, ROBOTS_CAP + 1, False, stop, cut=True).body

    def _fetch_tdmrep(self, url: str, stop: threading.Event | None) -> bytes:
        headers = {"User-Agent": self._agent, "Accept": "application/json,*/*;q=0.5"}
        headers["Accept-Encoding"] = "gzip"
        return self._follow(url, headers, FILE_CAP, False, stop, cut=False).body

    def _follow(
        self,
        url: str,
        headers: dict[str, str],
        cap: int,
        robots: bool,
        stop: threading.Event | None,
        *,
        cut: bool,
    ) -> Answer:
        target = self._fence.enter(url)
        hops: list[str] = []
        statuses: list[int] = []
        spent = 0.0
        while True:
            if robots and self._rules is not None:
                self._rules.require(target, stop)
            with self._turns.turn(target.host, stop):
                begun = time.monotonic()
                deadline = begun + self._timeout - spent
                with self._watchdog.watch(deadline, stop) as guard:
                    reply = self._exchange.ask(target, headers, guard, cap=cap, cut=cut)
                spent += time.monotonic() - begun
            if reply.status not in REDIRECTS:
                return Answer(
                    url=url,
                    final_url=target.url,
                    status=reply.status,
                    headers=reply.headers,
                    body=reply.body,
                    wire_bytes=reply.wire_bytes,
                    ms=round(spent * 1000),
                    permanent=bool(statuses) and _PERMANENT.issuperset(statuses),
                    hops=tuple(hops),
                )
            hops.append(target.url)
            statuses.append(reply.status)
            target = self._next(target, reply.headers, hops)

    def _next(self, target: Target, headers: Mapping[str, str], hops: list[str]) -> Target:
        subject = show(hops[0])
        location = headers.get("location", "")
        if not location:
            raise Unreachable(subject, "it redirects without saying where to")
        if len(hops) > self._max_redirects:
            raise Unreachable(subject, f"it redirects more than {self._max_redirects} times")
        # http.client reads headers as Latin-1; servers that send raw UTF-8 mean UTF-8.
        raw = location.encode("latin-1", "replace")
        following = self._fence.follow(target, raw.decode("utf-8", "replace"))
        if following.url in hops:
            raise Unreachable(subject, "it redirects in a circle")
        return following


def _read_proxy(proxy: str) -> Target:
    try:
        if urlsplit(proxy).scheme != "http":
            raise UsageError("proxy", f"{proxy!r} is not an http:// address")
        # The operator names the proxy, so it may be private.
        return Fence([urlsplit(proxy).hostname or ""]).enter(proxy)
    except (NotAllowed, UsageError, ValueError):
        raise UsageError(
            "proxy", f"{proxy!r} cannot be used", hint="http://127.0.0.1:3128"
        ) from None
