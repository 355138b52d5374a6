"""Cleans URLs, makes the key an article is kept under and names outlets; never opens a URL."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Media Cloud tosses longer ones (anchors of the field: 2,048 characters).
MAX_URL_CHARS = 2048

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_USERINFO = re.compile(r"^[a-z]+:/*[^/?#]*@", re.IGNORECASE)
_SCHEMED = re.compile(r"^https?://", re.IGNORECASE)

# Campaign marks that courlan 1.4 lets pass.
_MORE_TRACKERS = re.compile(
    "cmp|cmpid|ftag|guccounter|igsh|maca|mkt_tok|ncid|ns_mchannel|ocid|smid|smtyp|spm|spref"
    r"|sr_share|traffic_source|ttclid|wt\.mc|wt\.mc_id|wt_mc|__twitter_impression"
)
# Names that courlan 1.4 takes for trackers by their beginning ("ga", "gl", "cid", "uid") but that
# site software uses to number its pages: `?gallery=5` and `?gallery=6` are two pages.
_PAGE_NUMBERS = re.compile(
    r"^(?!(?:ga|mc|mtm|pk|utm)_)(?:.*_)?(?:[ceu]_?id|g[al][a-z].*|keywords?)$"
)

# Click counters of feeds that carry the real address in a parameter: host, path, parameter.
_REDIRECTORS = (
    (re.compile(r"^(?:www\.)?google\.[a-z.]{2,6}$"), "/url", ("url", "q")),
    (re.compile(r"^(?:www\.)?bing\.com$"), "/news/apiclick.aspx", ("url",)),
    (re.compile(r"^lm?\.facebook\.com$"), "/l.php", ("u",)),
)

_FRONT_LABELS = ("www.", "m.", "amp.", "mobile.")
_AMP_CACHE = re.compile(r"^[a-z0-9-]+\.cdn\.ampproject\.org$")
_AMP_PATH = re.compile(r"^/[a-z]/(s/)?([^/]+\..+)$")
_AMP_TAIL = re.compile(r"[./]amp$|\.amp(?=\.html?$)")
_SESSION = re.compile(r";jsessionid=[^/?]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def absolute_url(raw: str, base: str | None = None) -> str | None:
    """Return `raw` as an absolute http or https URL in WHATWG spelling, or None.

    None for other schemes, backslashes, control characters, names or passwords in front of the
    host, an empty host, and more than 2,048 characters. Nothing of the query is dropped, so this
    is the form for feeds; the fragment goes, because it is never sent.
    """
    import ada_url

    text = raw.strip(" \t\r\n\f")
    if not text or len(text) > MAX_URL_CHARS or "\\" in text or _CONTROL.search(text):
        return None
    while "&amp;" in text:
        text = text.replace("&amp;", "&")
    try:
        url = ada_url.URL(text, base=base) if base else ada_url.URL(text)
    except ValueError:
        return None
    # The browser rule forgives "http:///x@host"; what looks like userinfo is refused as written.
    if url.protocol not in ("http:", "https:") or url.username or url.password:
        return None
    if not url.hostname or _USERINFO.match(text):
        return None
    url.hash = ""
    return url.href if len(url.href) <= MAX_URL_CHARS else None


def clean_url(raw: str, base: str | None = None) -> str | None:
    """Return the address to fetch and show: absolute, without fragment and trackers, or None.

    AMP caches and the click counters of Google, Bing and Facebook give the page they stand for.
    Parameters keep their order and spelling. Cleaning a clean URL changes nothing.
    """
    import ada_url

    href = absolute_url(raw, base)
    for _ in range(3):  # a counter may wrap another; three are more than was ever seen
        target = _wrapped(href) if href else None
        if target is None:
            break
        href = absolute_url(target)
    if href is None or "?" not in href:
        return href
    url = ada_url.URL(href)
    kept = [pair for pair in url.search[1:].split("&") if pair and not _is_tracker(pair)]
    # The setter takes a leading "?" off; a query that itself starts with one needs another.
    url.search = "?" + "&".join(kept) if kept else ""
    return url.href


def url_key(url: str) -> str:
    """Return the identity of an address: two URLs of one page have one key.

    Without scheme, leading `www.`, `m.`, `mobile.` or `amp.`, AMP marks, session ids, trailing
    slash, ports 80 and 443 and trackers; the query sorted. A key is its own key. What is no
    http(s) URL comes back stripped of surrounding space.
    """
    import ada_url

    href = _with_scheme(url)
    if href is None:
        return url.strip()
    parsed = ada_url.URL(href)
    host = _bare_host(parsed.hostname)
    port = "" if parsed.port in ("", "80", "443") else ":" + parsed.port
    path = re.sub(r"/{2,}", "/", _SESSION.sub("", _even_escapes(parsed.pathname)))
    path = _settle(path)
    pairs = [_even_escapes(pair) for pair in parsed.search[1:].split("&") if pair]
    pairs = sorted(pair for pair in pairs if not _is_amp_pair(pair))
    key = host + port + path + ("?" + "&".join(pairs) if pairs else "")
    # Undoing one layer of escapes may show another; the key is where nothing changes any more.
    return key if "%" not in key or key == url else url_key(key)


def outlet_of(url: str) -> str:
    """Return the registered domain of a URL, URL key or host name: `bbc.co.uk`.

    Blog hosts on the public suffix list's private part count per blog. Unknown top-level domains
    give the last two labels, addresses and single names the host itself, no URL the empty text.
    """
    import ada_url

    href = _with_scheme(url)
    return _registered_domain(ada_url.URL(href).hostname.rstrip(".")) if href else ""


def is_same_site(a: str, b: str) -> bool:
    """Whether two URLs stand under one registered domain."""
    outlet = outlet_of(a)
    return bool(outlet) and outlet == outlet_of(b)


@lru_cache(maxsize=4096)
def host_of(address: str) -> str:
    """The host that is asked for an address; the address itself where none is, as for a folder."""
    return urlsplit(address).hostname or address


def _with_scheme(url: str) -> str | None:
    return clean_url(url if _SCHEMED.match(url.strip()) else "https://" + url.strip())


def _wrapped(href: str) -> str | None:
    import ada_url

    url = ada_url.URL(href)
    if _AMP_CACHE.match(url.hostname) and (inner := _AMP_PATH.match(url.pathname)):
        return f"http{'s' if inner[1] else ''}://{inner[2]}{url.search}"
    for host, path, names in _REDIRECTORS:
        if url.pathname == path and host.match(url.hostname):
            values = dict(parse_qsl(url.search[1:]))
            targets = (values[name] for name in names if name in values)
            return next((target for target in targets if _SCHEMED.match(target)), None)
    return None


def _is_tracker(pair: str) -> bool:
    name, _, value = pair.partition("=")
    if name == "rss" and value in ("", "1", "yes", "true"):
        return True
    if not value and not name.startswith("utm_"):
        return False  # `?12345` and `?story-title` are page names, not parameters
    name = name.lower()
    if _MORE_TRACKERS.fullmatch(name):
        return True
    return not _PAGE_NUMBERS.match(name) and _courlan_drops(name)


@lru_cache(maxsize=4096)
def _courlan_drops(name: str) -> bool:
    """Whether courlan calls a parameter of this name a tracker.

    Asked name by name: given a whole URL, courlan 1.4 also drops queries without `=`, turns
    `;` and `(` into escapes and takes the inner address of any URL inside a URL.
    """
    from courlan import clean_url as courlan_clean

    if not re.fullmatch(r"[a-z0-9_.\-]{1,64}", name):
        return False
    cleaned = courlan_clean(f"https://a.example/?{name}=1")
    return cleaned is not None and "?" not in cleaned


def _is_amp_pair(pair: str) -> bool:
    return pair.lower() in ("amp", "amp=", "amp=1", "amp=true", "outputtype=amp", "output=amp")


def _settle(path: str) -> str:
    """Strip trailing slashes and AMP marks until nothing changes."""
    while True:
        shorter = _AMP_TAIL.sub("", path.rstrip("/")).rstrip("/")
        if shorter == path:
            return path
        path = shorter


def _even_escapes(text: str) -> str:
    def even(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(even, text)


def _bare_host(host: str) -> str:
    host = host.rstrip(".")
    outlet = _registered_domain(host)
    while True:
        front = next((label for label in _FRONT_LABELS if host.startswith(label)), None)
        if front is None or host == outlet or host.count(".") < 2:
            return host
        host = host.removeprefix(front)


@lru_cache(maxsize=8192)
def _registered_domain(host: str) -> str:
    if host.startswith("[") or re.fullmatch(r"[0-9.]+", host):
        return host
    found = _suffixes()("https://" + host)
    if found.suffix and found.domain:
        domain = f"{found.domain}.{found.suffix}"
        if domain in _SHARED_DOMAINS and found.subdomain:
            return f"{found.subdomain.split('.')[-1]}.{domain}"
        return domain
    return ".".join(host.split(".")[-2:])


# Registered domains that several outlets share, each under a name of its own: abcnews.go.com and
# espn.go.com. The public suffix list knows blog hosts, not these.
_SHARED_DOMAINS = frozenset({"go.com"})


@cache
def _suffixes() -> TLDExtract:
    from tldextract import TLDExtract

    # No addresses and no cache directory: the bundled list only, never the network or a disk.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
