"""Where requests may go: every address family and spelling, by table and at random."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.core.addresses import Fence, is_public, show
from aggregator.errors import NotAllowed, UsageError

CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "192.169.0.1",
    "198.17.0.1",
    "198.20.0.1",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("text", CLOSED)
def test_s01_closed_addresses(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_open_addresses(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@given(st.ip_addresses())
def test_s01_never_more_open_than_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """It lets too much pass, but what it knows to be private is private."""
    nat64 = address in ipaddress.ip_network("64:ff9b::/96")
    if (address.is_private or address.is_multicast or address.is_reserved) and not nat64:
        assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [text if ":" not in text else f"[{text}]" for text in CLOSED]
    + [
        "127.1",
        "0x7f000001",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0",
        "127.0.0.1.",
    ]
    + ["8.8.2056", "0x8.8.8.8", "134744072", "8.8.8.010", "１２７.0.0.1", "8。8。8。8", "①27.0.0.1"]
    + ["[::ffff:8.8.8.8]", "[::8.8.8.8]", "[64:ff9b::8.8.8.8]", "[2606:4700::1.1.1.1]"]
    + ["localhost", "LOCALHOST", "localhost.", "a.localhost", "nas", "printer.local", "db.internal"]
    + ["metadata.google.internal", "router.lan", "x.home.arpa", "ip6-localhost"]
    + ["ex%61mple.com", "%31%32%37.0.0.1", "exam ple.com", "-", "a..b", "xn--", "a" * 64 + ".com"],
)
def test_s02_hosts_that_are_not_asked(host: str) -> None:
    for url in (f"http://{host}/", f"https://{host}:8443/path?query"):
        with pytest.raises(NotAllowed):
            Fence().enter(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "/path",
        "http:example.com",
        "http:/example.com",
        "http://",
        "http:///example.com",
        "http://?x",
        "file:///etc/hostname",
        "ftp://example.com/",
        "gopher://example.com/",
        "javascript:alert(1)",
        "data:text/plain,x",
        " http://example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http:\\\\example.com\\",
        "http://example.com/a\\b",
        "http://user@example.com/",
        "http://user:word@example.com/",
        "http://@example.com/",
        "http://example.com/\r\nX-Evil: 1",
        "http://exam\tple.com/",
        "http://example.com/\x00",
        "http://example.com/\x7f",
        "http://example.com/\u2028",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:port/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        pytest.param("http://example.com/" + "x" * 9000, id="long"),
    ],
)
def test_s02_addresses_that_are_not_asked(url: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        Fence().enter(url)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 450


@pytest.mark.parametrize(
    ("url", "clean", "host", "port", "path"),
    [
        ("http://example.com", "http://example.com/", "example.com", 80, "/"),
        ("HTTPS://Example.COM:443/a#b", "https://example.com/a", "example.com", 443, "/a"),
        ("http://example.com.:8080/?q", "http://example.com.:8080/?q", "example.com", 8080, "/?q"),
        ("http://bücher.example/ä b", "http://xn--bcher-kva.example/%C3%A4%20b",
         "xn--bcher-kva.example", 80, "/%C3%A4%20b"),
        ("http://a_b.example/", "http://a_b.example/", "a_b.example", 80, "/"),
        ("http://8.8.8.8/", "http://8.8.8.8/", "8.8.8.8", 80, "/"),
        ("http://[2606:4700:0::1]:81/", "http://[2606:4700::1]:81/", "2606:4700::1", 81, "/"),
        ("http://example.com/a@b?c@d", "http://example.com/a@b?c@d", "example.com", 80, "/a@b?c@d"),
    ],
)  # fmt: skip
def test_honest_addresses_are_taken_apart(
    url: str, clean: str, host: str, port: int, path: str
) -> None:
    target = Fence().enter(url)
    assert (target.url, target.host, target.port, target.path) == (clean, host, port, path)
    assert (target.literal is not None) == (host[-1].isdigit())


def test_the_reason_is_told() -> None:
    for url, reason in [
        ("http://user@example.com/", "user name or password"),
        ("http://127.1/", "hides where it leads"),
        ("ftp://example.com/", "only http:// and https://"),
        ("http://nas/", "inside a network"),
    ]:
        with pytest.raises(NotAllowed, match=reason):
            Fence().enter(url)


def test_the_origin_is_what_robots_speaks_for() -> None:
    assert Fence().enter("http://Example.com/a").origin == "http://example.com:80"
    assert Fence().enter("https://[2606:4700::1]/").origin == "https://[2606:4700::1]:443"


def test_names_and_networks_can_be_allowed() -> None:
    fence = Fence(["Localhost", "10.1.2.3/16", "[::1]", "feeds.internal"])
    for url in ("http://localhost/", "http://10.1.9.9/", "http://[::1]/", "http://feeds.internal/"):
        fence.enter(url)
    for url in ("http://127.0.0.1/", "http://10.2.0.1/", "http://[::2]/", "http://x.internal/"):
        with pytest.raises(NotAllowed, match="allow_private"):
            fence.enter(url)
    named = fence.enter("http://feeds.internal/")
    assert fence.admit(named, ["192.168.1.1"]) == ("192.168.1.1",)
    with pytest.raises(NotAllowed):  # an odd spelling stays odd
        fence.enter("http://10.0x1.2.3/")


@pytest.mark.parametrize("entry", ["", "http://x/", "10.0.0.0/33", "a b", "*", "*.example.com"])
def test_entries_that_name_nothing_are_refused(entry: str) -> None:
    with pytest.raises(UsageError, match="allow_private"):
        Fence([entry])


def test_s03_one_closed_answer_closes_the_name() -> None:
    target = Fence().enter("http://example.com/")
    assert Fence().admit(target, ["8.8.8.8", "8.8.8.8"]) == ("8.8.8.8",)
    for bad in ("10.0.0.1", "::1", "::ffff:8.8.8.8", "fe80::1%2"):
        with pytest.raises(NotAllowed, match="not a public address"):
            Fence().admit(target, ["8.8.8.8", bad])


def test_f16_the_families_take_turns() -> None:
    target = Fence().enter("http://example.com/")
    answers = ["2606:4700::1", "2606:4700::2", "2606:4700::3", "8.8.8.8"]
    assert Fence().admit(target, answers) == (answers[0], answers[3], answers[1], answers[2])
    assert Fence().admit(target, []) == ()


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("/x", "http://example.com/x"),
        ("x y", "http://example.com/a/x%20y"),
        ("?q", "http://example.com/a/b?q"),
        ("//other.example/z", "http://other.example/z"),
        (" https://other.example/#f ", "https://other.example/"),
        ("HTTP://other.example", "http://other.example/"),
    ],
)
def test_redirects_are_resolved(location: str, leads: str) -> None:
    fence = Fence()
    assert fence.follow(fence.enter("http://example.com/a/b"), location).url == leads


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "//127.1/",
        "//localhost",
        "/a\\b",
        "\\\\evil.example",
        "/a\nb",
        "http:x",
        "mailto:x@example.com",
        "file:///x",
        "http://[",
        "//user@example.com/",
        "///127.0.0.1/",
    ],
)
def test_s03_redirects_are_judged_like_any_address(location: str) -> None:
    fence = Fence()
    with pytest.raises(NotAllowed):
        fence.follow(fence.enter("http://example.com/a"), location)


@given(st.text(max_size=60))
@example("[")
@example("%00")
@example("１")
def test_s02_no_text_slips_through(text: str) -> None:
    """Whatever is written: NotAllowed, or a target whose host is public or a plain name."""
    for url in (text, f"http://{text}/", f"http://example.com/{text}"):
        try:
            target = Fence().enter(url)
        except NotAllowed:
            continue
        assert target.url.isascii()
        assert target.path.startswith("/")
        assert " " not in target.path
        assert target.literal is None or is_public(target.literal)
        assert Fence().enter(target.url) == target


def test_shown_addresses_are_one_short_line() -> None:
    assert show("http://a/\r\n\x1b[31m") == "http://a/\ufffd\ufffd\ufffd[31m"
    assert len(show("x" * 1000)) == 300
