"""Mail servers on loopback: a proper one that keeps what it gets, and one that misbehaves."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class PostOffice:
    """A proper server; `refuse` names recipients and words it does not take."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None):
        self.mails: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.refuse: dict[str, str] = {}
        self._login = login
        more: dict[str, Any] = {}
        if login is not None:
            more = {"authenticator": self._check, "auth_required": True}
        if tls is not None:
            more |= {"tls_context": tls, "require_starttls": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=0, **more)
        self._controller.port = _free_port()
        self._controller.start()
        self.port = self._controller.port

    def _check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.envelopes.append(envelope)
        return "250 taken"

    def close(self) -> None:
        self._controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Line = Callable[[socket.socket], None]


class BadOffice:
    """Answers each connection with a function that owns the socket."""

    def __init__(self, serve: Line) -> None:
        self.connections = 0
        self._serve = serve
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(8)
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(line)
            threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            self._serve(line)

    def close(self) -> None:
        for line in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


def talk(line: socket.socket, *, until: str) -> None:
    """Speak SMTP as it should be, up to the command `until`, whose answer is left to the caller."""
    line.sendall(b"220 here\r\n")
    for words in read_lines(line):
        command = words[:4].upper()
        if command == until:
            return
        line.sendall(b"250 yes\r\n" if command != "DATA" else b"354 go on\r\n")
        if command == "DATA":
            for text in read_lines(line):
                if text == ".":
                    break
            if until == "TEXT":
                return
            line.sendall(b"250 taken\r\n")


def read_lines(line: socket.socket) -> Iterator[str]:
    """Lines as they come in."""
    rest = b""
    while data := line.recv(65536):
        *whole, rest = (rest + data).split(b"\r\n")
        for words in whole:
            yield words.decode("latin-1")
