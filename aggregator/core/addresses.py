"""Decides which addresses may be asked; looks nothing up and connects to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from itertools import chain, zip_longest

import ada_url

from aggregator.errors import NotAllowed, UsageError

HINT = "name it under allow_private if it is meant"

# Servers and proxies give up near 8 kB (nginx: 8k per header line); longer ones are attacks.
URL_CAP = 8192

# The IANA special-purpose registries, plus what clouds hide behind public-looking numbers.
# `ipaddress.is_global` of Python 3.11 lets multicast, 6to4, NAT64 and fec0::/10 pass.
_CLOSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; also Alibaba's metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host agent
        "169.254.0.0/16",  # link-local; metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OPEN_V6 = IPv6Network("2000::/3")  # all that is given out as global unicast
_CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 hides any IPv4 address
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")

# Names that mean "here" or "inside"; a forward proxy would resolve them for us.
_INSIDE = (".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".lan", ".intranet")

_SHAPE = re.compile(r"(?i)(https?)://([^/?#]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that may be asked, taken apart once and never parsed again."""

    url: str  # normalised, without fragment
    scheme: str  # http or https
    host: str  # lower-case ASCII, no brackets, no final dot
    port: int
    path: str  # path and query, percent-encoded: what stands in the request line
    literal: IPv4Address | IPv6Address | None  # set when the host is a number, not a name

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a robots.txt speaks for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


_CACHED = 300  # characters of an address that is remembered; longer ones would fill memory
_read_ip = lru_cache(maxsize=4096)(ip_address)


@lru_cache(maxsize=4096)
def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address belongs to the open internet, whatever notation hides it."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        # Hosts with IPv6 only reach the IPv4 internet through this prefix: judge what is inside.
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def show(url: str) -> str:
    """Make an address fit for one line of a log: no control characters, at most 300 long."""
    line = _CONTROL.sub("\ufffd", url)
    return line if len(line) <= 300 else line[:299] + "…"


class Fence:
    """The one rule about where requests may go.

    `allow_private` lists hosts ("localhost", "feeds.intranet.example") and networks
    ("10.1.0.0/16", "::1") that may be asked although they are not public. Raises `UsageError`
    for an entry that is neither.
    """

    def __init__(self, allow_private: Sequence[str] = ()) -> None:
        names: set[str] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for entry in allow_private:
            text = entry.strip().lower()
            try:
                networks.append(ip_network(text.strip("[]"), strict=False))
            except ValueError:
                if not _PLAIN_NAME.fullmatch(text):
                    raise UsageError(
                        "allow_private",
                        f"{entry!r} is neither a host name nor a network",
                        hint="localhost or 10.1.0.0/16",
                    ) from None
                names.add(text.rstrip("."))
        self._names = frozenset(names)
        self._networks = tuple(networks)
        # A host is asked again and again, and its answers are the same tuple for minutes.
        self._judged = lru_cache(maxsize=4096)(self._judge)

    def enter(self, url: str) -> Target:
        """Take an address apart, or raise `NotAllowed` with the reason why it is not asked."""
        target = (_take_apart if len(url) <= _CACHED else _take_apart.__wrapped__)(url)
        self._judge_host(target)
        return target

    def follow(self, base: Target, location: str) -> Target:
        """Take apart a redirect's target, relative ones too; raises `NotAllowed`."""
        location = location.strip(" ")
        if "\\" in location or _CONTROL.search(location):
            raise NotAllowed(show(base.url), "it redirects to a broken address")
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", location):
            return self.enter(location)
        try:
            return self.enter(ada_url.join_url(base.url, location))
        except ValueError:
            raise NotAllowed(show(base.url), "it redirects to a broken address") from None

    def admit(self, target: Target, answers: Iterable[str]) -> tuple[str, ...]:
        """Give the addresses to connect to, the two families in turn.

        One answer that is not public refuses all of them: a name that points both inside and
        outside is an attack or a mistake. Raises `NotAllowed`.
        """
        admitted, closed = self._judged(target.host, tuple(answers))
        if closed is not None:
            name = "" if target.host == closed else f"{target.host} leads to {closed}, "
            told = f"{name}which" if name else target.host
            raise NotAllowed(show(target.url), f"{told} is not a public address", hint=HINT)
        return admitted

    def _judge(self, host: str, answers: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
        """The addresses to connect to, and the first that may not be asked."""
        found = list(dict.fromkeys(_read_ip(answer) for answer in answers))
        closed = next((each for each in found if not self._admits(host, each)), None)
        if closed is not None:
            return (), str(closed)
        first = found[0].version if found else 4
        same = [str(address) for address in found if address.version == first]
        other = [str(address) for address in found if address.version != first]
        return tuple(filter(None, chain.from_iterable(zip_longest(same, other)))), None

    def _admits(self, host: str, address: IPv4Address | IPv6Address) -> bool:
        if is_public(address) or host in self._names:
            return True
        return any(address in network for network in self._networks)

    def _judge_host(self, target: Target) -> None:
        if target.host in self._names:
            return
        if target.literal is not None:
            self.admit(target, [target.host])
        elif "." not in target.host or target.host.endswith(_INSIDE):
            raise NotAllowed(
                show(target.url), f"{target.host} is a name inside a network", hint=HINT
            )


# Feeds are asked again and again, and each call into ada lets the other threads run: with eight of
# them a fifth of what a 304 costs went there.
@lru_cache(maxsize=4096)
def _take_apart(url: str) -> Target:
    subject = show(url)
    if len(url) > URL_CAP:
        raise NotAllowed(subject, f"the address is longer than {URL_CAP} characters")
    if "\\" in url or _CONTROL.search(url):
        # urllib3 and the standard library disagree on http://inside\@outside/.
        raise NotAllowed(subject, "the address holds a backslash or a control character")
    shape = _SHAPE.match(url)
    if shape is None:
        raise NotAllowed(subject, "only http:// and https:// addresses with a host are asked")
    if "@" in shape[2]:
        raise NotAllowed(subject, "the address holds a user name or password")
    try:
        parsed = ada_url.URL(url)
        port = int(parsed.port or (443 if parsed.scheme_type == 2 else 80))
    except ValueError:
        raise NotAllowed(subject, "the address cannot be read") from None
    scheme = parsed.protocol.rstrip(":")
    host = parsed.hostname.strip("[]").rstrip(".")
    literal = _literal(host)
    written = re.sub(r":\d*$", "", shape[2]).lower()
    if written.isascii():
        same = written.strip("[]").rstrip(".") == host or _same_v6(written, literal)
    else:
        same = literal is None  # full-width digits turn into an IPv4 address
    if not same or not (literal or _PLAIN_NAME.fullmatch(host)) or port == 0:
        raise NotAllowed(subject, "the host is spelled in a way that hides where it leads")
    path = (parsed.pathname or "/") + parsed.search
    return Target(
        url=parsed.href.split("#", 1)[0],
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        literal=literal,
    )


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _same_v6(written: str, literal: IPv4Address | IPv6Address | None) -> bool:
    # 2001:DB8:0::1 and 2001:db8::1 are honest spellings; an IPv4 tail is not.
    return (
        isinstance(literal, IPv6Address)
        and written.startswith("[")
        and "." not in written
        and _literal(written.strip("[]")) == literal
    )
