"""One request and its answer over one connection; follows nothing and waits for nobody."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from aggregator.core.addresses import Target, show
from aggregator.core.cadence import parse_retry_after
from aggregator.edge.web.body import read_body
from aggregator.edge.web.faults import raise_ours
from aggregator.edge.web.lines import Line, Lines, Route
from aggregator.edge.web.watchdog import Guard
from aggregator.errors import FetchError, Refused, TooLarge

# The standard library reads at most 100 headers of 64 kB; no honest answer needs 6 MB of them.
HEADER_CAP = 256 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Reply:
    """A 200 with its whole body (or its first bytes, if cut), a 304, or a redirect."""

    status: int
    headers: dict[str, str]
    body: bytes
    wire_bytes: int
    whole: bool  # the connection may carry another request


class Exchange:
    """Asks over the lines it is given; thread-safe."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def ask(
        self,
        target: Target,
        headers: Mapping[str, str],
        guard: Guard,
        *,
        cap: int,
        cut: bool = False,
    ) -> Reply:
        """Send one GET and read the answer, at most `cap` decoded bytes of body.

        A longer body raises `TooLarge`, or ends there when `cut` is true. Raises the errors of
        `Web.get`, with the target as their subject.
        """
        route = self._lines.route(target)
        line: Line | None = None
        try:
            line, response = self._send(route, headers, guard)
            reply = _read(target, response, cap, cut)
            # A connection is kept only behind an answer known to have ended.
            if reply.whole and line.sock is not None and not (guard.expired or guard.stopped):
                guard.hold(None)
                self._lines.give_back(route, line)
                line = None
            if guard.expired or guard.stopped:
                raise TimeoutError  # without a length, a cut line looks like the end of the body
            return reply
        except (FetchError, OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            raise_ours(show(target.url), guard, error)
        finally:
            if line is not None:
                guard.hold(None)
                line.close()

    def _send(
        self, route: Route, headers: Mapping[str, str], guard: Guard
    ) -> tuple[Line, HTTPResponse]:
        path = route.target.path
        if route.proxy is not None and route.target.scheme == "http":
            path = route.target.url
        fresh = False
        while True:
            line, used = self._lines.take(route, guard, fresh=fresh)
            try:
                line.request(
                    "GET", path, headers=headers, preload_content=False, decode_content=False
                )
                return line, line.getresponse()
            except BaseException as error:
                guard.hold(None)
                line.close()
                # The server may hang up an idle line just as it is used again: once more, afresh.
                if not (used and isinstance(error, ConnectionError)):
                    raise
                fresh = True


def _read(target: Target, response: HTTPResponse, cap: int, cut: bool) -> Reply:
    status = response.status
    headers = {name.lower(): value for name, value in response.headers.items()}
    if sum(map(len, headers)) + sum(map(len, headers.values())) > HEADER_CAP:
        raise TooLarge("", f"more than {HEADER_CAP} bytes of headers")
    body, wire = b"", 0
    if status == 200:
        body, wire = read_body(response, cap=cap, cut=cut)
    elif status not in REDIRECTS and status != 304:
        now = datetime.now(UTC)
        retry = headers.get("retry-after")
        wait = parse_retry_after(retry, date_header=headers.get("date"), now=now)
        raise Refused(show(target.url), status, retry_after=wait)
    if status == 304:
        response.read(1, decode_content=False)  # has no body; this notes its end
    return Reply(status, headers, body, wire, whole=response.isclosed())
