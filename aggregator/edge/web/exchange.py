"""One request and its answer over one connection; follows nothing and waits for nobody."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from urllib3.exceptions import HTTPError

from aggregator.core.addresses import Target, show
from aggregator.core.cadence import parse_retry_after
from aggregator.edge.web.body import read_body
from aggregator.edge.web.faults import raise_ours
from aggregator.edge.web.lines import Line, Lines, Route
from aggregator.edge.web.speech import fields_of, path_of, say
from aggregator.edge.web.watchdog import Guard
from aggregator.errors import FetchError, Refused, TooLarge, Unsure

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
        heard: http.client.HTTPResponse | None = None
        try:
            line, heard = self._send(route, headers, guard)
            reply = _read(target, heard, cap, cut)
            # A connection is kept only behind an answer known to have ended.
            if reply.whole and line.sock is not None and not guard.cut:
                guard.hold(None)
                self._lines.give_back(route, line)
                line = None
            if guard.cut:
                raise TimeoutError  # without a length, a cut line looks like the end of the body
            return reply
        except (FetchError, OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            raise_ours(show(target.url), guard, error)
        finally:
            if heard is not None:
                heard.close()  # holds the socket open as long as it may be read
            if line is not None:
                guard.hold(None)
                line.close()

    def post(self, target: Target, headers: Mapping[str, str], body: bytes, guard: Guard) -> int:
        """Send one POST over a new line and give the status, 200 to 299; the answer is not read.

        Raises the errors of `Web.post`. A line that was used before could break unnoticed, and
        nothing that may have arrived is sent again.
        """
        route = self._lines.route(target)
        line: Line | None = None
        begun = False
        try:
            line, _ = self._lines.take(route, guard, fresh=True)
            begun = True
            line.request(
                "POST", path_of(route), body=body, headers=headers, preload_content=False,
                decode_content=False,
            )  # fmt: skip
            response = line.getresponse()
            if 200 <= response.status < 300:
                return response.status
            raise _refusal(target, response.status, response.headers.get)
        except Refused:
            raise
        except (FetchError, OSError, HTTPError, http.client.HTTPException, ValueError) as error:
            if begun:
                raise Unsure(show(target.url), "it was sent, and no answer came") from None
            raise_ours(show(target.url), guard, error)
        finally:
            if line is not None:
                guard.hold(None)
                line.close()

    def _send(
        self, route: Route, headers: Mapping[str, str], guard: Guard
    ) -> tuple[Line, http.client.HTTPResponse]:
        fresh = False
        while True:
            line, used = self._lines.take(route, guard, fresh=fresh)
            try:
                return line, say(line, route, headers)
            except BaseException as error:
                guard.hold(None)
                line.close()
                # The server may hang up an idle line just as it is used again: once more, afresh.
                if guard.cut or not (used and isinstance(error, ConnectionError)):
                    raise
                fresh = True


def _refusal(target: Target, status: int, field: Callable[[str], str | None]) -> Refused:
    wait = parse_retry_after(field("retry-after"), date_header=field("date"), now=datetime.now(UTC))
    return Refused(show(target.url), status, retry_after=wait)


def _read(target: Target, heard: http.client.HTTPResponse, cap: int, cut: bool) -> Reply:
    status, headers = heard.status, dict(fields_of(heard))
    if sum(map(len, headers)) + sum(map(len, headers.values())) > HEADER_CAP:
        raise TooLarge("", f"more than {HEADER_CAP} bytes of headers")
    body, wire = b"", 0
    if status == 200:
        body, wire = read_body(heard, cap=cap, cut=cut)
    elif status not in REDIRECTS and status != 304:
        raise _refusal(target, status, heard.getheader)
    if status == 304:
        heard.read(1)  # has no body; this notes its end
    return Reply(status, headers, body, wire, whole=heard.isclosed())
