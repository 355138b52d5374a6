"""Says a GET over a line and hears the head of its answer; connects, follows and decides nothing.

Both are left to `http.client` itself: urllib3, whose connection a line is, would check, copy and
wrap them once more, which took a third of the CPU of a 304.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping

from aggregator.edge.web.lines import Line, Route

_FOLD = re.compile(r"\r?\n[ \t]*")


def say(line: Line, route: Route, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    """Send one GET and read the head of the answer; the caller closes what is given.

    Raises what sockets and `http.client` raise, and `ValueError` for a head that cannot be sent.
    """
    plain = http.client.HTTPConnection
    plain.putrequest(line, "GET", path_of(route), skip_accept_encoding=True)
    for name, value in headers.items():
        plain.putheader(line, name, value)
    plain.endheaders(line)
    return plain.getresponse(line)


def fields_of(heard: http.client.HTTPResponse) -> list[tuple[str, str]]:
    """The fields of a head in their order, names in lower case, each value on one line."""
    return [(name.lower(), _FOLD.sub(" ", value)) for name, value in heard.headers.items()]


def path_of(route: Route) -> str:
    """What stands in the request line: the whole address, where a proxy is to read it."""
    forwarded = route.proxy is not None and route.target.scheme == "http"
    return route.target.url if forwarded else route.target.path
