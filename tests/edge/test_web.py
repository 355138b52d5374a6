"""The guarded fetch against a server that breaks every rule; case numbers F and S in names."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator.edge.web import Web
from aggregator.edge.web import lines as web_lines
from aggregator.edge.web import names as web_names
from aggregator.edge.web.turns import SWEEP, Turns
from aggregator.errors import (
    FetchError,
    NotAllowed,
    Refused,
    TooLarge,
    TooSlow,
    Unreachable,
    UsageError,
)
from tests.edge.conftest import Request, Server, hang_up

MB = 1 << 20
MakeWeb = Callable[..., Web]


def get(web: Web, url: str, **options: Any) -> Any:
    return web.get(url, **{"max_bytes": MB, **options})


def head(*lines: str) -> bytes:
    return ("\r\n".join(("HTTP/1.1 200 OK", *lines)) + "\r\n\r\n").encode()


# Plain answers.


def test_a_page_comes_back_whole(web: Web, server: Server) -> None:
    server.on("/a")(lambda r: r.answer(b"text", Content_Type="text/html", ETag='"1"'))
    answer = get(web, server.url("/a#part"), accept="text/html")
    assert (answer.status, answer.body, answer.wire_bytes) == (200, b"text", 4)
    assert answer.url == server.url("/a#part")
    assert answer.final_url == server.url("/a")
    assert answer.headers["content-type"] == "text/html"
    assert (answer.permanent, answer.hops) == (False, ())
    sent = server.log[0].headers
    assert sent["accept"] == "text/html"
    assert sent["accept-encoding"] == "gzip"
    assert sent["user-agent"] == "news-test/1.0 (+http://example.com/bot)"
    assert sent["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("size", [0, 1, 70_000, MB])
def test_gzip_is_undone(web: Web, server: Server, size: int) -> None:
    text = b"x" * size
    server.on("/")(lambda r: r.answer(gzip.compress(text), Content_Encoding="gzip"))
    answer = get(web, server.url())
    assert answer.body == text
    assert answer.wire_bytes == len(gzip.compress(text))


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(b"one") + gzip.compress(b"two"), id="two members"),
        pytest.param(gzip.compress(b"onetwo") + b"\0" * 100, id="padding"),
    ],
)
def test_gzip_members_and_padding(web: Web, server: Server, packed: bytes) -> None:
    server.on("/")(lambda r: r.answer(packed, Content_Encoding="GZip"))
    assert get(web, server.url()).body == b"onetwo"


def test_both_kinds_of_deflate(web: Web, server: Server) -> None:
    raw = zlib.compressobj(wbits=-15)
    server.on("/zlib")(lambda r: r.answer(zlib.compress(b"text"), Content_Encoding="deflate"))
    body = raw.compress(b"text") + raw.flush()
    server.on("/raw")(lambda r: r.answer(body, Content_Encoding="deflate"))
    assert get(web, server.url("/zlib")).body == get(web, server.url("/raw")).body == b"text"


def test_chunks_are_joined(web: Web, server: Server) -> None:
    chunks = b"3\r\none\r\n3;x=y\r\ntwo\r\n0\r\nTrailer: x\r\n\r\n"
    server.on("/")(lambda r: r.send(head("Transfer-Encoding: chunked") + chunks))
    assert get(web, server.url()).body == b"onetwo"
    assert get(web, server.url()).body == b"onetwo"
    assert server.connections == 1


def test_connections_are_kept(web: Web, server: Server) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    for _ in range(5):
        get(web, server.url())
    assert (len(server.log), server.connections) == (5, 1)


def test_a_line_closed_while_idle_is_replaced(web: Web, server: Server) -> None:
    @server.on("/")
    def once(request: Request) -> None:
        request.answer(b"text")
        if len(server.log) == 1:
            request.line.recv(65536)  # the second request arrives, then the line goes down
            hang_up(request)

    assert get(web, server.url()).body == b"text"
    assert get(web, server.url()).body == b"text"
    assert server.connections == 2


def test_f09_validators_are_sent_and_304_is_an_answer(web: Web, server: Server) -> None:
    server.on("/")(lambda r: r.send(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"))
    answer = get(web, server.url(), etag='W/"1"', last_modified="Mon, 20 Jul 2026 10:00:00 GMT")
    assert (answer.status, answer.body) == (304, b"")
    assert server.log[0].headers["if-none-match"] == 'W/"1"'
    assert server.log[0].headers["if-modified-since"] == "Mon, 20 Jul 2026 10:00:00 GMT"
    get(web, server.url(), etag="x")
    assert server.connections == 1
    with pytest.raises(Unreachable, match="304"):
        get(web, server.url(), etag="bad\r\nvalidator: dropped")
    assert "validator" not in server.log[2].headers


# Slow servers.


@pytest.mark.parametrize("case", ["headers", "body", "chunks", "body without length", "status"])
def test_f01_f02_dripped_answers_end_at_the_deadline(
    make_web: MakeWeb, server: Server, case: str
) -> None:
    starts = {
        "status": b"",
        "headers": b"HTTP/1.1 200 OK\r\n",
        "body": head("Content-Length: 500"),
        "body without length": head("Connection: close"),
        "chunks": head("Transfer-Encoding: chunked"),
    }
    drips = {
        "status": b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        "headers": b"X-Long: " + b"x" * 500,
        "body": b"x" * 500,
        "body without length": b"x" * 500,
        "chunks": b"1\r\nx\r\n" * 80,
    }

    @server.on("/")
    def drip(request: Request) -> None:
        request.send(starts[case])
        request.drip(drips[case], 0.02)

    begun = time.monotonic()
    with pytest.raises(TooSlow, match="deadline"):
        get(make_web(timeout=0.5), server.url())
    assert 0.4 < time.monotonic() - begun < 1.0


def test_f03_silence_ends_early(web: Web, server: Server) -> None:
    server.on("/")(lambda r: time.sleep(3))
    begun = time.monotonic()
    with pytest.raises(TooSlow, match="silent"):
        get(web, server.url())
    assert time.monotonic() - begun < 0.9


def fall_silent(request: Request, said: bytes) -> None:
    request.send(said)
    time.sleep(3)


def wait_and_give(line: socket.socket) -> socket.socket:
    time.sleep(3)
    return line


@pytest.mark.parametrize("said", [b"", head("Content-Length: 9")[:-2], head("Content-Length: 9")])
def test_f03_silence_on_a_line_used_before_ends_and_is_not_asked_again(
    web: Web, server: Server, said: bytes
) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    server.on("/silent")(lambda r: fall_silent(r, said))
    assert get(web, server.url()).body == b"text"
    begun = time.monotonic()
    with pytest.raises(TooSlow, match="silent"):
        get(web, server.url("/silent"))
    assert 0.5 < time.monotonic() - begun < 1.6
    assert ([each.path for each in server.log], server.connections) == (["/", "/silent"], 1)


def test_f03_a_slow_server_that_speaks_on_is_heard_to_the_end(
    make_web: MakeWeb, server: Server
) -> None:
    @server.on("/")
    def slow(request: Request) -> None:
        request.send(head("Content-Length: 5"))
        request.drip(b"xxxxx", 0.3)  # 1.5 s in all, with 0.6 s of silence allowed

    begun = time.monotonic()
    assert get(make_web(timeout=5), server.url()).body == b"xxxxx"
    assert time.monotonic() - begun > 1.0


def test_f01_the_deadline_covers_redirects_together(make_web: MakeWeb, server: Server) -> None:
    @server.on("/")
    def slow(request: Request) -> None:
        time.sleep(0.4)
        request.answer(status="302 Found", Location=f"/?{len(server.log)}")

    begun = time.monotonic()
    with pytest.raises(TooSlow):
        get(make_web(timeout=1.0), server.url())
    assert time.monotonic() - begun < 1.5


def test_a_stuck_name_lookup_ends(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: release.wait(5) and [])
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        get(web, "http://stuck.example/")
    release.set()
    assert time.monotonic() - begun < 0.9


def test_stop_cuts_a_request_under_way(make_web: MakeWeb, server: Server) -> None:
    server.on("/")(lambda r: time.sleep(3))
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(FetchError, match="stopped"):
        get(make_web(timeout=5, connect_timeout=5), server.url(), stop=stop)
    assert time.monotonic() - begun < 0.6


# Large answers.


def test_f04_an_announced_length_past_the_cap_is_not_read(web: Web, server: Server) -> None:
    server.on("/")(lambda r: r.send(head(f"Content-Length: {10**12}")))
    with pytest.raises(TooLarge, match="announced"):
        get(web, server.url())


def test_f05_many_empty_gzip_members(web: Web, server: Server) -> None:
    bomb = gzip.compress(b"") * 50_000
    server.on("/")(lambda r: r.answer(bomb, Content_Encoding="gzip"))
    with pytest.raises(Unreachable, match="parts"):
        get(web, server.url(), max_bytes=8 * MB)


@pytest.mark.parametrize(
    "names",
    [
        *("gzip, gzip, gzip", "br", "zstd", "gzip, br", "gzip;q=1"),
        pytest.param(", ".join(["gzip"] * 10_000), id="10,000 times gzip"),
    ],
)
def test_f06_other_encodings_are_refused(web: Web, server: Server, names: str) -> None:
    server.on("/")(lambda r: r.answer(gzip.compress(b"x"), Content_Encoding=names))
    with pytest.raises(Unreachable):
        get(web, server.url())


def test_f06_a_compressed_transfer_is_refused(web: Web, server: Server) -> None:
    server.on("/")(lambda r: r.send(head("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"))
    with pytest.raises(Unreachable, match="transfer encoding"):
        get(web, server.url())


# Redirects.


@pytest.mark.parametrize(
    ("status", "permanent"), [(301, True), (308, True), (302, False), (303, False), (307, False)]
)
def test_f08_permanent_means_permanent(
    web: Web, server: Server, status: int, permanent: bool
) -> None:
    server.on("/old")(lambda r: r.answer(b"moved", "301 Moved", Location="/mid"))
    server.on("/mid")(lambda r: r.answer(b"moved", f"{status} Moved", Location="new?x=ü#there"))
    server.on("/new")(lambda r: r.answer(b"text"))
    answer = get(web, server.url("/old"))
    assert answer.body == b"text"
    assert answer.url == server.url("/old")
    assert answer.final_url == server.url("/new?x=%C3%BC")
    assert answer.hops == (server.url("/old"), server.url("/mid"))
    assert answer.permanent is permanent


@pytest.mark.parametrize(
    ("location", "error", "requests"),
    [
        ("/loop", Unreachable, 1),
        ("/step", Unreachable, 6),
        ("", Unreachable, 1),
        ("file:///etc/hostname", NotAllowed, 1),
        ("ftp://example.com/", NotAllowed, 1),
        ("javascript:alert(1)", NotAllowed, 1),
        ("//exa mple/", NotAllowed, 1),
        ("http://user:word@example.com/", NotAllowed, 1),
        ("http://127.0.0.1\\@example.com/", NotAllowed, 1),
        ("http://[::", NotAllowed, 1),
    ],
)
def test_f07_redirects_that_lead_nowhere(
    web: Web, server: Server, location: str, error: type[FetchError], requests: int
) -> None:
    @server.on("/loop")
    @server.on("/step")
    def redirect(request: Request) -> None:
        to = f"/step?{len(server.log)}" if location == "/step" else location
        request.answer(status="302 Found", **({"Location": to} if to else {}))

    with pytest.raises(error):
        get(web, server.url("/loop"))
    assert len(server.log) == requests


def test_a_late_body_of_a_redirect_answers_no_other_request(web: Web, server: Server) -> None:
    @server.on("/old")
    def poison(request: Request) -> None:
        request.send(b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 44\r\n\r\n")
        time.sleep(0.1)
        request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")

    server.on("/new")(lambda r: r.answer(b"text"))
    assert get(web, server.url("/old")).body == b"text"


# Refusals.


@pytest.mark.parametrize(
    ("status", "retry"),
    [(404, False), (410, False), (401, False), (429, True), (503, True), (500, True), (206, False)],
)
def test_other_statuses_are_refused(web: Web, server: Server, status: int, retry: bool) -> None:
    server.on("/")(lambda r: r.answer(b"x", f"{status} No"))
    with pytest.raises(Refused) as caught:
        get(web, server.url())
    assert (caught.value.status, caught.value.retry) == (status, retry)
    assert caught.value.retry_after is None


@pytest.mark.parametrize("value", ["120", "Mon, 20 Jul 2026 10:02:00 GMT"])
def test_f10_retry_after_goes_by_the_servers_clock(web: Web, server: Server, value: str) -> None:
    date = "Mon, 20 Jul 2026 10:00:00 GMT"
    server.on("/")(lambda r: r.answer(b"", "429 Slow", Retry_After=value, Date=date))
    with pytest.raises(Refused) as caught:
        get(web, server.url())
    assert caught.value.retry_after == 120


# Politeness.


def test_f13_two_at_a_time_and_starts_apart(make_web: MakeWeb, server: Server) -> None:
    @server.on("/")
    def slow(request: Request) -> None:
        time.sleep(0.25)
        request.answer(b"x")

    web = make_web(per_host=2, host_pause=0.1, timeout=1)
    begun = time.monotonic()
    crowd = [threading.Thread(target=get, args=(web, server.url())) for _ in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    starts = sorted(request.at for request in server.log)
    gaps = [late - early for early, late in pairwise(starts)]
    assert len(starts) == 8  # waiting longer than `timeout` is no fault
    assert server.most_running == 2
    assert min(gaps) > 0.08
    assert 0.9 < time.monotonic() - begun < 1.6


def test_f13_other_hosts_do_not_wait(make_web: MakeWeb, server: Server) -> None:
    server.on("/")(lambda r: r.answer(b"x"))
    web = make_web(host_pause=5)
    begun = time.monotonic()
    get(web, server.url())
    get(web, server.url(host="localhost"))
    assert time.monotonic() - begun < 0.5


def test_waiting_ends_when_told_to_stop(make_web: MakeWeb, server: Server) -> None:
    server.on("/")(lambda r: r.answer(b"x"))
    web = make_web(host_pause=30)
    get(web, server.url())
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(FetchError, match="stopped"):
        get(web, server.url(), stop=stop)
    assert time.monotonic() - begun < 0.6
    assert len(server.log) == 1


# Broken answers.


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(head("Content-Length: 10") + b"short", id="short length"),
        pytest.param(head("Transfer-Encoding: chunked") + b"5\r\nwhole\r\n", id="no last chunk"),
        pytest.param(
            head("Transfer-Encoding: chunked") + b"5\r\nwhole\r\n5\r\nsh", id="short chunk"
        ),
        pytest.param(
            head("Transfer-Encoding: chunked") + b"zz\r\nwhole\r\n0\r\n\r\n", id="bad chunk size"
        ),
        pytest.param(head("Transfer-Encoding: chunked") + b"5" * 200_000, id="long chunk size"),
        pytest.param(head("Content-Length: 5", "Content-Length: 6") + b"12345", id="two lengths"),
        pytest.param(head("Content-Length: -5") + b"12345", id="negative length"),
        pytest.param(
            head("Content-Encoding: gzip", "Content-Length: 15")
            + gzip.compress(b"whole", mtime=0)[:15],
            id="short gzip",
        ),
        pytest.param(head("Content-Encoding: gzip", "Content-Length: 5") + b"plain", id="not gzip"),
        pytest.param(head(*(f"X-{n}: x" for n in range(100_000))), id="100,000 headers"),
        pytest.param(head("X-Long: " + "x" * 50_000_000), id="50 MB header"),
        pytest.param(b"\x00\xff garbage\r\n\r\n", id="garbage"),
        pytest.param(b"HTTP/1.1 abc\r\n\r\n", id="no status"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="another protocol"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_f14_broken_answers_are_never_returned(web: Web, server: Server, answer: bytes) -> None:
    @server.on("/")
    def broken(request: Request) -> None:
        request.send(answer)
        hang_up(request)

    try:
        body = get(web, server.url()).body
    except Unreachable:
        return
    # A negative length counts as none: then the body ends with the connection and is whole.
    assert b"-5" in answer
    assert body == b"12345"


def test_f14_too_many_bytes_of_headers(web: Web, server: Server) -> None:
    big = head(*(f"X-{n}: {'x' * 9000}" for n in range(50)), "Content-Length: 0")
    server.on("/")(lambda r: r.send(big))
    with pytest.raises(TooLarge, match="headers"):
        get(web, server.url())


def test_f14_a_reset_connection(web: Web, server: Server) -> None:
    @server.on("/")
    def reset(request: Request) -> None:
        request.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.send(head("Content-Length: 100"))
        request.line.close()

    with pytest.raises(Unreachable):
        get(web, server.url())


def test_nobody_listens(web: Web) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="refused"):
            get(web, f"http://127.0.0.1:{taken.getsockname()[1]}/")


# Certificates.


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for good.example, with its key in the same file."""
    folder = tmp_path_factory.mktemp("tls")
    out = folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=good.example", "-addext", "subjectAltName=DNS:good.example"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    out.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return out


@pytest.fixture
def secure(server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server behind TLS; every name leads to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.wrap = lambda line: context.wrap_socket(line, server_side=True)
    server.on("/")(lambda r: r.answer(b"secret"))
    lead_to(monkeypatch, "127.0.0.1")
    return server


def lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Make the resolver answer every name with these addresses; gives the names asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def trust(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(web_lines, "trusted", lambda: context)


def test_f15_an_unknown_authority_is_refused(web: Web, secure: Server) -> None:
    with pytest.raises(Unreachable, match="certificate does not hold"):
        get(web, f"https://good.example:{secure.port}/")
    assert secure.log == []


def test_f15_a_certificate_for_another_name_is_refused(
    web: Web, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, certificate)
    for host in ("evil.example", "127.0.0.1"):
        with pytest.raises(Unreachable, match="certificate does not hold"):
            get(web, f"https://{host}:{secure.port}/")
    assert secure.log == []


AUTHORITY = """
[ca]
default_ca = own
[own]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:good.example
"""


def test_f15_an_expired_certificate_is_refused(
    web: Web, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.conf").write_text(AUTHORITY.format(folder=tmp_path))
    (tmp_path / "index").touch()
    (tmp_path / "serial").write_text("01")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    request = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj"]
    request += ["/CN=good.example", "-keyout", str(key), "-out", str(tmp_path / "request")]
    sign = ["openssl", "ca", "-batch", "-selfsign", "-config", str(tmp_path / "ca.conf")]
    sign += ["-keyfile", str(key), "-in", str(tmp_path / "request"), "-out", str(cert)]
    sign += ["-startdate", "20200101000000Z", "-enddate", "20200103000000Z", "-notext"]
    try:
        for command in (request, sign):
            subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.wrap = lambda line: context.wrap_socket(line, server_side=True)
    lead_to(monkeypatch, "127.0.0.1")
    trust(monkeypatch, cert)
    with pytest.raises(Unreachable, match="certificate does not hold: certificate has expired"):
        get(web, f"https://good.example:{server.port}/")
    assert server.log == []


def test_f15_the_right_certificate_holds_on_a_pinned_address(
    web: Web, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, certificate)
    for _ in range(3):
        assert get(web, f"https://good.example:{secure.port}/").body == b"secret"
    assert secure.connections == 1


def test_f02_a_drip_inside_tls_ends_at_the_deadline(
    web: Web, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, certificate)

    @secure.on("/")
    def drip(request: Request) -> None:
        request.send(head("Content-Length: 500"))
        request.drip(b"x" * 500, 0.02)

    begun = time.monotonic()
    with pytest.raises(TooSlow, match="deadline"):
        get(web, f"https://good.example:{secure.port}/")
    assert time.monotonic() - begun < 1.5


def test_f03_silence_inside_tls_ends_early(
    make_web: MakeWeb, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, certificate)
    secure.on("/")(lambda r: fall_silent(r, head("Content-Length: 9") + b"x"))
    begun = time.monotonic()
    with pytest.raises(TooSlow, match="silent"):
        get(make_web(timeout=20), f"https://good.example:{secure.port}/")
    assert 0.5 < time.monotonic() - begun < 1.6


def test_f01_a_silent_handshake_has_no_longer_than_the_request(
    make_web: MakeWeb, server: Server
) -> None:
    server.wrap = wait_and_give
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        get(make_web(timeout=0.3, connect_timeout=5), f"https://127.0.0.1:{server.port}/")
    assert time.monotonic() - begun < 1.3


def test_f03_a_silent_handshake_ends(web: Web, server: Server) -> None:
    server.wrap = wait_and_give
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        get(web, f"https://127.0.0.1:{server.port}/")
    assert time.monotonic() - begun < 1.0


# Addresses.


def test_f16_a_dead_first_address_is_passed_over(
    web: Web, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    lead_to(monkeypatch, "::1", "127.0.0.1")  # nobody listens at ::1
    assert get(web, server.url(host="both.example")).body == b"text"


def test_f16_IPv6_only(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        server = Server(socket.AF_INET6, "::1")
    except OSError:
        pytest.skip("no IPv6 here")
    server.on("/")(lambda r: r.answer(b"text"))
    lead_to(monkeypatch, "::1")
    assert get(web, server.url()).body == b"text"
    assert get(web, server.url(host="six.example")).body == b"text"
    assert server.log[0].headers["host"] == f"[::1]:{server.port}"
    server.close()


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "１２７.0.0.1"),
        *("127.0.0.1\t", "127.0.0.1%00", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "localhost.", "x.localhost"),
        *("LOCALHOST", "user@127.0.0.1", "127.0.0.1\\@example.com", "example.com\\@127.0.0.1"),
    ],
)
def test_s01_s02_nothing_reaches_loopback(make_web: MakeWeb, forbidden: Server, host: str) -> None:
    web = make_web(allow_private=())
    for url in (forbidden.url("/", host=host), f"http://{host}/"):
        with pytest.raises(NotAllowed):
            get(web, url)
        with pytest.raises(NotAllowed):
            get(web, url, robots=True)
    assert forbidden.connections == 0


def test_s03_one_private_answer_among_public_ones(
    make_web: MakeWeb, forbidden: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(monkeypatch, "93.184.215.14", "127.0.0.1")
    with pytest.raises(NotAllowed, match=r"127\.0\.0\.1"):
        get(make_web(allow_private=()), forbidden.url(host="two.example"))
    assert forbidden.connections == 0


def test_s03_the_address_judged_is_the_address_asked(
    make_web: MakeWeb, server: Server, forbidden: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that flips between look-ups: whatever is connected to was judged."""
    server.on("/")(lambda r: r.answer(b"text"))
    answers = iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"])

    def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        return [(0, 0, 0, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(web_names, "NAME_AGE", 0.0)
    web = make_web(allow_private=("127.0.0.1/32",))
    assert get(web, server.url(host="flip.example")).body == b"text"
    with pytest.raises(NotAllowed, match=r"127\.0\.0\.2"):
        get(web, server.url(host="flip.example"))  # not even over the line that is still open
    assert len(server.log) == 1


def test_a_line_to_an_address_the_name_has_left_is_not_used(
    make_web: MakeWeb, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    monkeypatch.setattr(web_names, "NAME_AGE", 0.0)
    web = make_web(allow_private=("127.0.0.0/8",))
    lead_to(monkeypatch, "127.0.0.1")
    get(web, server.url(host="moving.example"))
    lead_to(monkeypatch, "127.0.0.2")
    with pytest.raises(Unreachable, match="refused"):
        get(web, server.url(host="moving.example"))
    assert len(server.log) == 1


def test_a_name_is_looked_up_once_a_minute(
    web: Web, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    asked = lead_to(monkeypatch, "127.0.0.1")
    for _ in range(3):
        get(web, server.url(host="often.example"))
    assert asked == ["often.example"]


def test_hosts_are_forgotten() -> None:
    turns = Turns(per_host=1, pause=0)
    for number in range(3 * SWEEP):
        with turns.turn(f"h{number}.example", None):
            pass
    assert len(turns) < SWEEP


def test_s03_a_redirect_inside_is_not_followed(
    make_web: MakeWeb, server: Server, forbidden: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = make_web(allow_private=("127.0.0.1",))
    for address in ("127.0.0.2", "localhost", "169.254.169.254", "[::1]"):
        to = forbidden.url(host=address)
        server.on("/")(lambda r, to=to: r.answer(status="302 Found", Location=to))  # type: ignore[misc]
        with pytest.raises(NotAllowed):
            get(web, server.url())
    assert forbidden.connections == 0


def test_errors_are_one_clean_line(web: Web) -> None:
    with pytest.raises(NotAllowed) as caught:
        get(web, "http://example.com/\r\n\x1b[31mred" + "x" * 1000)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400


# Forward proxy.


def test_a_proxy_gets_the_whole_address(make_web: MakeWeb, server: Server) -> None:
    url = "http://www.news.example/a?b=c"
    server.on("http://www.news.example/a")(lambda r: r.answer(b"text"))
    web = make_web(proxy=server.url(""), allow_private=())
    assert get(web, url).body == b"text"
    assert server.log[0].headers["host"] == "www.news.example"
    server.on("http://other.example/")(lambda r: r.answer(b"other"))
    assert get(web, "http://other.example/").body == b"other"
    assert server.connections == 1  # one line to the proxy serves all hosts


def test_a_proxy_does_not_open_the_inside(make_web: MakeWeb, server: Server) -> None:
    web = make_web(proxy=server.url(""), allow_private=())
    for host in ("127.0.0.1", "10.0.0.1", "0x7f.1", "localhost", "metadata.google.internal", "nas"):
        with pytest.raises(NotAllowed):
            get(web, f"http://{host}/")
    server.on("http://a.example/")(lambda r: r.answer(status="302 x", Location="http://10.0.0.1/"))
    with pytest.raises(NotAllowed):
        get(web, "http://a.example/")
    assert server.paths() == ["http://a.example/"]


def test_https_goes_through_a_tunnel(
    make_web: MakeWeb, secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(monkeypatch, certificate)
    proxy = Server()

    def tunnel(request: Request) -> None:
        request.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        with socket.socket() as far:
            far.connect(("127.0.0.1", secure.port))
            pump = threading.Thread(target=copy, args=(far, request.line), daemon=True)
            pump.start()
            copy(request.line, far)

    def copy(one: socket.socket, other: socket.socket) -> None:
        while data := one.recv(65536):
            other.sendall(data)

    proxy.on("good.example:443")(tunnel)
    proxy.on("drip.example:443")(lambda r: r.drip(b"HTTP/1.1 200 Connected\r\n" * 50, 0.02))
    web = make_web(proxy=proxy.url(""), allow_private=())
    assert get(web, "https://good.example/").body == b"secret"
    assert get(web, "https://good.example/").body == b"secret"
    assert proxy.connections == 1
    with pytest.raises(Unreachable):
        get(web, "https://shut.example/")
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        get(web, "https://drip.example/")
    assert time.monotonic() - begun < 1.5
    proxy.close()


def test_proxies_of_the_environment_are_ignored(
    web: Web, server: Server, forbidden: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, forbidden.url(""))
    server.on("/")(lambda r: r.answer(b"text"))
    assert get(web, server.url()).body == b"text"
    assert forbidden.connections == 0


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "https://127.0.0.1:1", "127.0.0.1:8", ""]
)
def test_a_proxy_that_makes_no_sense(make_web: MakeWeb, proxy: str) -> None:
    with pytest.raises(UsageError, match="proxy"):
        make_web(proxy=proxy)


# robots.txt.


def test_f17_robots_is_obeyed_and_asked_once(web: Web, server: Server) -> None:
    server.on("/robots.txt")(lambda r: r.answer(b"User-agent: *\nDisallow: /private"))
    server.on("/open")(lambda r: r.answer(b"text"))
    server.on("/redirect")(lambda r: r.answer(status="302 x", Location="/private/page"))
    for _ in range(3):
        assert get(web, server.url("/open"), robots=True).body == b"text"
    for path in ("/private/page", "/redirect"):
        with pytest.raises(NotAllowed, match=r"robots\.txt forbids"):
            get(web, server.url(path), robots=True)
    assert server.paths().count("/robots.txt") == 1
    assert "/private/page" not in server.paths()


def test_f17_feeds_do_not_ask_robots(web: Web, server: Server) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    get(web, server.url())
    assert server.paths() == ["/"]


@pytest.mark.parametrize("status", ["404 x", "403 x", "500 x", "503 x"])
def test_f17_no_robots_means_yes_and_broken_robots_means_later(
    web: Web, server: Server, status: str
) -> None:
    server.on("/robots.txt")(lambda r: r.answer(b"", status))
    server.on("/")(lambda r: r.answer(b"text"))
    for _ in range(2):
        if status[0] == "4":
            assert get(web, server.url(), robots=True).body == b"text"
        else:
            with pytest.raises(Unreachable, match=r"robots\.txt") as caught:
                get(web, server.url(), robots=True)
            assert caught.value.retry
    assert server.paths().count("/robots.txt") == 1


def test_f17_a_huge_robots_is_read_in_part(web: Web, server: Server) -> None:
    rules = b"User-agent: *\nDisallow: /no\n" + b"Disallow: /never\n" * 100_000
    server.on("/robots.txt")(lambda r: r.answer(rules))
    server.on("/yes")(lambda r: r.answer(b"text"))
    assert get(web, server.url("/yes"), robots=True).body == b"text"
    with pytest.raises(NotAllowed):
        get(web, server.url("/no"), robots=True)
    assert {r.number for r in server.log} == {1, 2}  # no line with half an answer on it is used


def test_f17_robots_behind_a_redirect_and_inside(make_web: MakeWeb, server: Server) -> None:
    server.on("/robots.txt")(lambda r: r.answer(status="301 x", Location="/other.txt"))
    server.on("/other.txt")(lambda r: r.answer(b"User-agent: news-test\nDisallow: /"))
    with pytest.raises(NotAllowed, match="forbids"):
        get(make_web(), server.url(), robots=True)
    assert server.paths() == ["/robots.txt", "/other.txt"]


def test_many_threads_ask_for_robots_once(web: Web, server: Server) -> None:
    @server.on("/robots.txt")
    def slow(request: Request) -> None:
        time.sleep(0.2)
        request.answer(b"")

    server.on("/")(lambda r: r.answer(b"text"))
    crowd = [
        threading.Thread(target=get, args=(web, server.url()), kwargs={"robots": True})
        for _ in range(8)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert server.paths().count("/robots.txt") == 1
    assert server.paths().count("/") == 8


def test_robots_can_be_turned_off(make_web: MakeWeb, server: Server) -> None:
    server.on("/")(lambda r: r.answer(b"text"))
    assert get(make_web(obey_robots=False), server.url(), robots=True).body == b"text"
    assert server.paths() == ["/"]
