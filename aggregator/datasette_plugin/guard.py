"""Answers only to names the server was started with, and changes nothing for pages elsewhere.

A page elsewhere can have its own name point to this machine (DNS rebinding) and then read what is
served here as if it were its own; the Host header still says that name. It can also send a form
here; the browser says in other headers whose form it is. Must not look names up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

LOCAL = ("localhost", "127.0.0.1", "::1")
EVERY = ("0.0.0.0", "::")  # noqa: S104  compared with, not bound to
ANY_ADDRESS = "any address"  # stands among the names for every number; no host can be called so

Application = Callable[[Any, Any, Any], Awaitable[None]]
_FOREIGN_NAME = (400, b"This server does not answer to that name.\n")
_FOREIGN_FORM = (403, b"This server takes nothing that a page elsewhere sends.\n")
_READING = ("GET", "HEAD", "OPTIONS")
# Where an answer says nothing itself, as on Datasette's own pages. They need scripts in the page,
# so these only keep what a hole in them could do at home. `same-origin` and not `no-referrer`,
# with which a browser hides the origin of forms even from the server they belong to.
_KEPT_AT_HOME = {
    b"content-security-policy": b"default-src 'self' 'unsafe-inline' data:; object-src 'none'; "
    b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
}


def allowed_names(host: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """The names a server bound to `host` answers to: those of this machine, `host`, and `more`.

    One that listens on every address answers to any address written as a number too: a name is
    what an attacker needs.
    """
    names = [*LOCAL, *(_bare(each) for each in more)]
    names.append(ANY_ADDRESS if host in EVERY else _bare(host))
    return tuple(dict.fromkeys(names))


def answers_to(header: str, names: Iterable[str]) -> bool:
    """Whether a Host header, with or without a port, is one of the names."""
    known = tuple(names)
    host = _without_port(header.strip())
    if host is None:
        return False
    name = _bare(host)
    return (name in known and name != ANY_ADDRESS) or (ANY_ADDRESS in known and _is_address(name))


def guard(application: Application, names: tuple[str, ...]) -> Application:
    """The application behind a check of who asks, by the headers of every request.

    400 for other names; 403 for what a page of another name sends here to change something.
    Answers that say nothing of what their page may do are kept to this server.
    """

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await application(scope, receive, send)
        elif not _is_named(scope, names):
            await _refuse(scope, send, *_FOREIGN_NAME)
        elif not _is_ours(scope, names):
            await _refuse(scope, send, *_FOREIGN_FORM)
        else:
            await application(scope, receive, _keeping_home(send))

    return guarded


def _said(scope: Any, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope.get("headers", ())
            if name.lower() == wanted]  # fmt: skip


def _is_named(scope: Any, names: tuple[str, ...]) -> bool:
    said = _said(scope, b"host")
    return len(said) == 1 and answers_to(said[0], names)


def _is_ours(scope: Any, names: tuple[str, ...]) -> bool:
    """Whether it only reads, or is sent by a page of ours or by a program, which has no origin."""
    if scope["type"] == "http" and scope["method"] in _READING:
        return True
    # Newer browsers say it outright, also where a policy hides the origin.
    if told := _said(scope, b"sec-fetch-site"):
        return all(each in ("same-origin", "none") for each in told)
    return all(answers_to(urlsplit(each).netloc, names) for each in _said(scope, b"origin"))


async def _refuse(scope: Any, send: Any, status: int, said: bytes) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(said)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": said})


def _keeping_home(send: Any) -> Any:
    async def kept(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            more = [each for each in _KEPT_AT_HOME.items() if each[0] not in there]
            message = {**message, "headers": [*headers, *more]}
        await send(message)

    return kept


def _without_port(header: str) -> str | None:
    """The host of `host`, `host:port`, `[v6]` or `[v6]:port`; None when it is none of these."""
    if header.startswith("["):
        host, closed, rest = header[1:].partition("]")
        port = rest.removeprefix(":") if rest else "0"
        return host if closed and (not rest or rest[0] == ":") and _is_port(port) else None
    host, colon, port = header.partition(":")
    return host if host and (not colon or _is_port(port)) else None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _bare(host: str) -> str:
    """A name as compared: lower case, without the dot of the root or the brackets of IPv6."""
    return host.lower().removesuffix(".").removeprefix("[").removesuffix("]")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
