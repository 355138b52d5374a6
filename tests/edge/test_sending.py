"""Mails and webhooks on loopback: what arrives, what is refused, and when nobody can know."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from aggregator.edge.sending import MailServer, compose, mail, post_message, send_mail, sign
from aggregator.edge.web import Web
from aggregator.errors import NotAllowed, Refused, Rejected, TooSlow, Unreachable, Unsure
from tests.edge.post_office import BadOffice, Line, PostOffice, talk
from tests.edge.receiver import Receiver, status

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = "0b0fd1a3-8c0e-4a39-9d9c-111111111111"
TO = ("desk@paper.example", "night@paper.example")


def letter(**given: Any) -> Any:
    values = {
        "subject": "Ferries: 2 stories", "text": "Ferry aground\n", "html": "<p>Ferry aground</p>",
        "sender": "news@a.example", "to": TO, "key": KEY, "now": NOW,
    }  # fmt: skip
    return compose(**{**values, **given})


def server(port: int, **given: Any) -> MailServer:
    values = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": "news@a.example",
              "seconds": 5.0}  # fmt: skip
    return MailServer(**{**values, **given})


# -- mail


@pytest.fixture
def office() -> Iterator[PostOffice]:
    made = PostOffice()
    yield made
    made.close()


@pytest.fixture
def bad() -> Iterator[Callable[[Line], BadOffice]]:
    """Makes servers that misbehave; ends them all."""
    made: list[BadOffice] = []

    def make(serve: Line) -> BadOffice:
        made.append(BadOffice(serve))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_mail_arrives_with_text_and_html(office: PostOffice) -> None:
    text = "Ferry aground, フェリーが座礁\n.\n..dots and " + "w" * 3000 + "\n"
    sent = letter(text=text, subject="Ferries: フェリーが座礁")
    assert send_mail(sent, server(office.port), TO) == ()
    (got,) = office.mails
    assert got["Subject"] == "Ferries: フェリーが座礁"
    assert got["From"] == "news@a.example"
    assert got["To"] == "desk@paper.example, night@paper.example"
    assert got["Message-ID"] == f"<{KEY}@a.example>"
    assert got["Date"].datetime == NOW
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content_type() == "multipart/alternative"
    plain, html = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and html is not None
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().strip() == "<p>Ferry aground</p>"
    (envelope,) = office.envelopes
    assert envelope.mail_from == "news@a.example"
    assert envelope.rcpt_tos == list(TO)
    raw = envelope.content
    assert isinstance(raw, bytes)
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "subject",
    [
        "a\r\nBcc: victim@b.example", "a\nX-Evil: 1", "a\r\n\r\n<script>", "\x00\x1b[31m a",
        "a\u2028Bcc: x@b.example", "a\x0bBcc: x@b.example", "é" * 300 + "\r\nBcc: x@b.example",
    ],
)  # fmt: skip
def test_no_headline_becomes_a_header(office: PostOffice, subject: str) -> None:
    send_mail(letter(subject=subject, text=subject, html=subject), server(office.port), TO)
    (got,) = office.mails
    assert set(got.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo",
    } - ({"X-Peer", "X-MailFrom", "X-RcptTo"} - set(got.keys()))  # fmt: skip
    assert office.envelopes[0].rcpt_tos == list(TO)


def test_some_recipients_are_refused_and_the_others_get_it(office: PostOffice) -> None:
    office.refuse["night@paper.example"] = "550 5.1.1 no such\tdesk"
    (told,) = send_mail(letter(), server(office.port), TO)
    assert told == "night@paper.example: 550 5.1.1 no such desk"
    assert office.envelopes[0].rcpt_tos == ["desk@paper.example"]


@pytest.mark.parametrize(
    ("refuse", "told"),
    [
        (dict.fromkeys(TO, "451 later"), "refused every recipient .*451 later"),
        ({"DATA": "554 5.7.1 spam"}, "answered 554 5.7.1 spam"),
        ({"DATA": "451 4.3.0 try later"}, "answered 451"),
    ],
)
def test_an_answer_of_refusal_is_sure(
    office: PostOffice, refuse: dict[str, str], told: str
) -> None:
    office.refuse |= refuse
    with pytest.raises(Rejected, match=told):
        send_mail(letter(), server(office.port), TO)
    assert office.mails == []


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="refused"):
            send_mail(letter(), server(taken.getsockname()[1]), TO)


def hang_up_at(command: str) -> Line:
    return lambda line: talk(line, until=command)


def wait(line: socket.socket) -> None:
    while line.recv(65536):
        pass


def silent_at(command: str) -> Line:
    def serve(line: socket.socket) -> None:
        talk(line, until=command)
        wait(line)

    return serve


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
def test_a_line_that_breaks_before_the_text_is_sure(
    bad: Callable[[Line], BadOffice], command: str
) -> None:
    with pytest.raises(Unreachable):
        send_mail(letter(), server(bad(hang_up_at(command)).port), TO)
    with pytest.raises(TooSlow):
        send_mail(letter(), server(bad(silent_at(command)).port, seconds=0.5), TO)


def test_a_line_that_breaks_after_the_text_leaves_us_unsure(
    bad: Callable[[Line], BadOffice],
) -> None:
    def half_an_answer(line: socket.socket) -> None:
        talk(line, until="TEXT")
        line.sendall(b"55")

    for serve in (hang_up_at("TEXT"), silent_at("TEXT"), half_an_answer):
        office = bad(serve)
        with pytest.raises(Unsure, match="no answer came"):
            send_mail(letter(), server(office.port, seconds=1.0), TO)
        assert office.connections == 1


def test_a_server_that_drips_ends_at_the_deadline(bad: Callable[[Line], BadOffice]) -> None:
    def drip(line: socket.socket) -> None:
        for _ in range(1000):
            line.sendall(b"2")
            time.sleep(0.05)

    begun = time.monotonic()
    with pytest.raises(TooSlow):
        send_mail(letter(), server(bad(drip).port, seconds=0.6), TO)
    assert time.monotonic() - begun < 10


def test_a_mail_server_says_no_escape_sequence(bad: Callable[[Line], BadOffice]) -> None:
    def rude(line: socket.socket) -> None:
        line.sendall(b"554 \x1b[31mred\x07 " + b"w" * 2000 + b"\r\n")
        wait(line)

    with pytest.raises(Rejected) as caught:
        send_mail(letter(), server(bad(rude).port), TO)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


# -- mail over TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("mail-tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(key), "-out", str(cert)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    return cert, key


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[PostOffice]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    made = PostOffice(tls=context, login=("news", "open sesame"))
    yield made
    made.close()


def test_starttls_and_a_log_in(
    secure: PostOffice, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"host": "localhost", "tls": "starttls", "user": "news", "password": "open sesame"}
    with pytest.raises(Unreachable, match="certificate does not hold"):
        send_mail(letter(), server(secure.port, **given), TO)
    context = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr(mail, "trusted", lambda: context)
    with pytest.raises(Rejected, match="535"):
        send_mail(letter(), server(secure.port, **given | {"password": "wrong"}), TO)
    with pytest.raises(Unreachable, match="certificate does not hold"):
        send_mail(letter(), server(secure.port, **given | {"host": "127.0.0.1"}), TO)
    assert secure.mails == []
    assert send_mail(letter(), server(secure.port, **given), TO) == ()
    assert len(secure.mails) == 1
    assert "open sesame" not in repr(server(secure.port, **given))


def test_starttls_is_never_left_out(office: PostOffice) -> None:
    with pytest.raises(Rejected, match="STARTTLS"):
        send_mail(letter(), server(office.port, tls="starttls"), TO)
    assert office.mails == []


# -- webhooks


@pytest.fixture
def hook() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def post(web: Web, url: str, **given: Any) -> None:
    post_message(web, url, b'{"a": 1}', key=KEY, now=NOW, **given)


def test_a_message_is_posted_once_and_signed(web: Web, hook: Receiver) -> None:
    post(web, hook.url, secret="whsec_" + base64.b64encode(b"quiet").decode())
    (got,) = hook.got
    assert (got.method, got.path, got.body) == ("POST", "/hook", b'{"a": 1}')
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == got.headers["idempotency-key"] == KEY
    at = got.headers["webhook-timestamp"]
    assert at == str(int(NOW.timestamp()))
    told = hmac.new(b"quiet", f"{KEY}.{at}.".encode() + got.body, hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == "v1," + base64.b64encode(told).decode()
    post(web, hook.url)
    assert "webhook-signature" not in hook.got[1].headers


def test_any_secret_signs() -> None:
    signed = {sign(b"x", key=KEY, at="1", secret=secret) for secret in ("a", "whsec_!", "é")}
    assert len(signed) == 3


@pytest.mark.parametrize("number", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(web: Web, hook: Receiver, number: int) -> None:
    hook.answer = status(number)
    post(web, hook.url)


@pytest.mark.parametrize("number", [301, 307, 400, 404, 410, 429, 500, 503])
def test_any_other_answer_is_refused_and_not_followed(
    web: Web, hook: Receiver, number: int
) -> None:
    hook.answer = status(number, Location=hook.url + "2", Retry_After="120")
    with pytest.raises(Refused) as caught:
        post(web, hook.url)
    assert (caught.value.status, caught.value.retry_after) == (number, 120)
    assert len(hook.got) == 1


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def be_silent(handler: BaseHTTPRequestHandler) -> None:
    with handler.connection:
        handler.connection.recv(1)


def half_an_answer(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 2")
    hang_up(handler)


@pytest.mark.parametrize("answer", [hang_up, be_silent, half_an_answer])
def test_no_answer_leaves_us_unsure_and_is_not_sent_again(
    web: Web, hook: Receiver, answer: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    post(web, hook.url)  # an idle line is there, and is not used
    hook.answer = answer
    with pytest.raises(Unsure, match="no answer came"):
        post(web, hook.url)
    assert len(hook.got) == 2


def test_a_webhook_obeys_the_fence(make_web: Callable[..., Web], hook: Receiver) -> None:
    with pytest.raises(NotAllowed):
        post(make_web(allow_private=()), hook.url)
    assert hook.got == []


def test_nobody_listens_to_a_webhook(web: Web) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="refused"):
            post(web, f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_a_stop_does_not_cut_a_message_in_two(web: Web, hook: Receiver) -> None:
    stop = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        stop.set()
        time.sleep(0.3)  # the watchdog looks every 50 ms
        status(204)(handler)

    hook.answer = answer
    post(web, hook.url, stop=stop)
    assert len(hook.got) == 1
