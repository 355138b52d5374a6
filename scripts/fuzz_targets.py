"""What is fuzzed: each reader of strangers' bytes as one function; a fault of ours gets out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aggregator.errors import AggregatorError
from aggregator.model import Entry

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "http://paper.example/a"
DATA = Path(__file__).parents[1] / "tests" / "data"
MAX_BYTES = 20_000  # coverage needs variety, not length; length is the exam's and `bench fuzz`'s


def feed(data: bytes) -> None:
    """The feed parser, as a poll calls it."""
    from aggregator.core import newitems

    newitems.parse_changed(data, url=URL, content_type=None, now=NOW, memory={})


def sitemap(data: bytes) -> None:
    """News sitemaps and their indexes."""
    from aggregator.core.sitemap import parse_sitemap, read_from

    parse_sitemap(data, url=URL, now=NOW, since=read_from(None, now=NOW), max_entries=2000)


def page(data: bytes) -> None:
    """A page into an article with a verdict, credits, dates and authors."""
    from aggregator.core import extract

    asked = extract.Page(url=URL, final_url=URL, body=data, content_type="text/html")
    entry = Entry(guid="1", url=URL, title="Ferry runs aground")
    extract.extract(asked, entry=entry, now=NOW, min_words=50, first_seen=NOW)


def wire(data: bytes) -> None:
    """ninjs and NewsML-G2."""
    from aggregator.core.wire import read_wire

    read_wire(data, subject="fuzz", now=NOW)


def opml(data: bytes) -> None:
    """Lists of feeds."""
    from aggregator.core.opml import read_opml

    read_opml(data)


def config(data: bytes) -> None:
    """config.yaml."""
    from aggregator.config import Config

    Config.parse(data, "config.yaml")


def text(data: bytes) -> None:
    """Two texts against each other: letters, shingles, names, order."""
    from aggregator import compare, fingerprint

    one, _, two = data.decode("utf-8", "replace").partition("\n\n")
    fingerprint(one)
    compare(one, two)


TARGETS: dict[str, tuple[Callable[[bytes], None], Path]] = {
    "feed": (feed, DATA / "feeds"),
    "sitemap": (sitemap, DATA / "sitemaps"),
    "page": (page, DATA / "pages"),
    "wire": (wire, DATA / "wires"),
    "opml": (opml, DATA / "fuzz" / "opml"),
    "config": (config, DATA / "fuzz" / "config"),
    "text": (text, DATA / "fuzz" / "text"),
}


def try_one(name: str, data: bytes) -> None:
    """Read the bytes; errors of ours are answers, anything else is a fault and is raised."""
    with contextlib.suppress(AggregatorError):
        TARGETS[name][0](data)
