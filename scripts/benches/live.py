"""The live line: what a page costs from its bytes to an article that is kept and clustered.

Both lines get the same pages and the same feed document in the same run, round by round in turn,
each round in a new database. Ours is the product's own code in one process: the feed, reading
(text, credits, dates, language), commit B with the fingerprint in it, commit C. The plain line
is what one writes with the same libraries: feedparser, trafilatura's `bare_extraction` with
metadata, Python 5-word shingles, datasketch's `update_batch` and `MinHashLSH(0.7)`, and one
sqlite-utils upsert a row into a table with full-text search.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from typing import Any

import measuring

MOST_MS, LEAST_GAIN = 11.8, 1.8  # CPU an article: 85 a second and core; two workers to one core
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAGES = ("feed", "extract", "fingerprint", "keep", "cluster")
Spent = Counter[str]  # CPU seconds by stage

_TITLE = re.compile(r"<title[^>]*>([^<]{1,300})", re.IGNORECASE)
_SCRIPTS = re.compile(rb"(<(?:script|style)\b.*?</(?:script|style)>)", re.DOTALL | re.IGNORECASE)
_TEXTS = re.compile(rb">([^<>]{20,})<")
_WORDS = re.compile(rb"\b[a-z]{4,}\b")


@dataclass(frozen=True, slots=True)
class Sample:
    """A page: its address, its bytes, the title that the feed lists."""

    url: str
    body: bytes
    title: str


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which pages, how many, how often; and the long run for memory."""
    parser.add_argument("--folder", type=Path, help="pages, gzipped or not; else the demo's own")
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="processes for the wall rate; 0: no")
    parser.add_argument("--memory", type=int, metavar="N", help="only read N pages, print memory")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The rows of each stage of both lines, then the rate with workers."""
    samples = read_samples(options.folder, options.pages)
    if options.memory:
        return _grow(samples, options.memory)
    found: dict[str, list[Spent]] = {"ours": [], "plain": []}
    kept: Counter[str] = Counter()
    for _ in range(options.rounds + 1):  # the first warms what is loaded and compiled
        for name, line in (("ours", _ours), ("plain", _plain)):
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(line(samples, Path(folder), kept))
    medians = {
        name: {
            stage: statistics.median(each[stage] for each in rounds[1:]) / len(samples) * 1e3
            for stage in STAGES
        }
        for name, rounds in found.items()
    }
    ours, plain = medians["ours"], medians["plain"]
    rows: list[dict[str, Any]] = [
        {"what": stage, "ms CPU": ours[stage], "plain line": plain[stage],
         "plain / ours": plain[stage] / max(ours[stage], 1e-9)} for stage in STAGES
    ]  # fmt: skip
    whole, theirs = sum(ours.values()), sum(plain.values())
    rows.append({
        "what": "an article, all in", "ms CPU": whole, "plain line": theirs,
        "plain / ours": theirs / whole, "a second and core": 1e3 / whole,
        "promise": f"<= {MOST_MS} ms", "kept": whole <= MOST_MS,
    })  # fmt: skip
    if options.workers:
        rows.append(_rate(samples, options.workers, 1e3 / whole))
    size = sum(len(each.body) for each in samples) / len(samples) / 1e3
    told = f"{len(samples)} pages of {size:,.0f} kB, {options.rounds} rounds in turn"
    return {"told": f"{told}; kept {kept['ours']} and {kept['plain']}", "rows": rows}


def read_samples(folder: Path | None, count: int) -> list[Sample]:
    """Pages of a folder, spread over it, with addresses from its manifest; or the demo's own."""
    if folder is None:
        from aggregator.demo.web import documents

        pages = [
            (f"http://{key}", document.body)
            for key, document in documents(2).items()
            if document.content_type.startswith("text/html")
        ]
    else:
        manifest = folder / "manifest.jsonl"
        lines = manifest.read_text(encoding="utf-8").splitlines() if manifest.exists() else ()
        urls = {row["file"]: row.get("url") or "" for row in map(json.loads, filter(None, lines))}
        names = list(urls) or [
            str(path.relative_to(folder)) for path in sorted(folder.rglob("*.html*"))
        ]
        step = max(1, len(names) // count)
        pages = [
            (urls.get(name) or f"http://page{n}.example/{name}", _bytes_of(folder / name))
            for n, name in enumerate(names[::step])
        ]
    if not pages:
        raise SystemExit("no pages")
    return [Sample(url, body, _title_of(body)) for url, body in pages[:count]]


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _title_of(body: bytes) -> str:
    found = _TITLE.search(body[:200_000].decode("utf-8", "replace"))
    return " ".join(unescape(found[1]).split()) if found else "A page"


def _feed(samples: list[Sample]) -> bytes:
    items = "".join(
        f"<item><title>{escape(each.title)}</title><link>{escape(each.url)}</link>"
        f"<guid>{escape(each.url)}</guid><description>{escape(each.title)}</description></item>"
        for each in samples
    )
    head = "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>All</title>"
    return f"{head}{items}</channel></rss>".encode()


@contextmanager
def _timing(spent: Spent, stage: str) -> Iterator[None]:
    began = time.thread_time()
    try:
        yield
    finally:
        spent[stage] += time.thread_time() - began


@contextmanager
def _news(database: Path) -> Iterator[Any]:
    from aggregator.config import Config
    from aggregator.pipeline import Aggregator

    config = Config.model_validate({"feeds": ({"name": "all", "url": "http://all.example/feed"},)})
    with Aggregator(config, database=database, clock=lambda: NOW) as news:
        yield news


def _take(news: Any, samples: list[Sample]) -> list[Any]:
    """Commit A: the feed document, parsed and kept; gives the entries that wait."""
    from aggregator.core import newitems
    from aggregator.edge.store import collecting, polling, waiting
    from aggregator.model import Poll

    store = news.context.store
    (feed,) = collecting.due_feeds(store, now=NOW, all_healthy=True)
    given: dict[str, Any] = {"url": feed.address, "content_type": None, "now": NOW, "memory": {}}
    parsed = newitems.parse_changed(_feed(samples), **given)
    poll = Poll(status=200, unchanged=False, entries=parsed.entries, title=parsed.title)
    collecting.keep_poll(store, feed, poll, now=NOW, plan=lambda _: polling.Plan(due_at=NOW))
    return waiting.waiting(store, now=NOW, limit=len(samples))


def _page(sample: Sample) -> Any:
    from aggregator.core.extract import Page

    return Page(
        url=sample.url, final_url=sample.url, body=sample.body, content_type="text/html"
    )  # the charset is what the page itself says


@contextmanager
def _signing_timed(spent: Spent) -> Iterator[None]:
    """While it lasts, what signing takes inside of commit B is counted apart."""
    from aggregator.edge.store import signing

    sign: Any = signing._sign
    sign.cache_clear()  # it holds the texts of the round before

    def timed(*args: Any) -> Any:
        with _timing(spent, "fingerprint"):
            return sign(*args)

    signing._sign = timed  # type: ignore[assignment]
    try:
        yield
    finally:
        signing._sign = sign


def _ours(samples: list[Sample], folder: Path, kept: Counter[str]) -> Spent:
    from aggregator.core.extract import extract

    spent: Spent = Counter()
    with _news(folder / "ours.db") as news, _signing_timed(spent):
        with _timing(spent, "feed"):
            items = _take(news, samples)
        pages = {each.url: _page(each) for each in samples}
        results: Counter[str] = Counter()
        for item in items:
            with _timing(spent, "extract"):
                article = _or_none(extract, pages[item.entry.guid], item)
            if article is None:
                continue
            with _timing(spent, "keep"):
                results[_keep(news, item, article)] += 1
        spent["keep"] -= spent["fingerprint"]
        with _timing(spent, "cluster"):
            news.cluster()
    kept["ours"] = results["kept"]
    return spent


def _or_none(extract: Callable[..., Any], page: Any, item: Any) -> Any:
    from aggregator.errors import ParseError

    try:
        return extract(page, entry=item.entry, now=NOW, min_words=50, first_seen=item.seen_at)
    except ParseError:
        return None


def _keep(news: Any, item: Any, article: Any) -> str:
    from aggregator.edge.store import keeping

    context = news.context
    return keeping.keep_article(
        context.store, item, article, rules=context.rules, now=NOW, timetable=context.timetable
    )


def _plain(samples: list[Sample], folder: Path, kept: Counter[str]) -> Spent:
    import feedparser
    import sqlite_utils
    from datasketch import MinHash, MinHashLSH
    from trafilatura import bare_extraction

    spent: Spent = Counter()
    db = sqlite_utils.Database(folder / "plain.db")
    table = db["articles"]
    table.create({"url": str, "title": str, "author": str, "date": str, "text": str}, pk="url")
    table.enable_fts(["title", "text"], create_triggers=True)
    index = MinHashLSH(threshold=0.7, num_perm=128)
    with _timing(spent, "feed"):
        entries = feedparser.parse(_feed(samples)).entries
    for entry, sample in zip(entries, samples, strict=True):
        with _timing(spent, "extract"):
            found = bare_extraction(sample.body, url=entry.link, with_metadata=True)
        if found is None or not found.text:
            continue
        with _timing(spent, "fingerprint"):
            words = re.findall(r"\w+", found.text.lower())
            shingles = {" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)}
            signature = MinHash(num_perm=128)
            signature.update_batch(list(shingles))
        with _timing(spent, "cluster"):
            index.query(signature)
            if entry.link not in index:
                index.insert(entry.link, signature)
        with _timing(spent, "keep"):
            table.upsert(
                {"url": entry.link, "title": found.title, "author": found.author,
                 "date": found.date, "text": found.text}, pk="url",
            )  # fmt: skip
    kept["plain"] = table.count
    db.conn.close()
    return spent


def _rate(samples: list[Sample], workers: int, one_core: float) -> dict[str, Any]:
    """Articles a second by the clock, pages read in so many workers while this process keeps."""
    from aggregator.core.extract import extract
    from aggregator.edge.sandbox import Sandbox
    from aggregator.errors import SourceError

    with (
        tempfile.TemporaryDirectory() as folder,
        _news(Path(folder) / "rate.db") as news,
        Sandbox(workers=workers, deadline=30, warm=("aggregator.core.extract",)) as sandbox,
        ThreadPoolExecutor(workers) as threads,
    ):

        def read(item: Any) -> Any:
            try:
                return sandbox.call(
                    extract, pages[item.entry.guid], entry=item.entry, now=NOW,
                    first_seen=item.seen_at,
                )  # fmt: skip
            except SourceError:
                return None

        pages = {each.url: _page(each) for each in samples}
        items = _take(news, samples)
        list(threads.map(read, items[: 4 * workers]))  # workers start and import
        began = time.monotonic()
        for item, article in zip(items, threads.map(read, items), strict=True):
            if article is not None:
                _keep(news, item, article)
        news.cluster()
        rate = len(items) / (time.monotonic() - began)
    return {
        "what": f"with {workers} workers, by the clock", "a second": rate,
        "to one core": rate / one_core, "promise": f">= {LEAST_GAIN}",
        "kept": rate / one_core >= LEAST_GAIN,
    }  # fmt: skip


def altered(sample: Sample, number: int) -> Sample:
    """A page of another address whose words are not those of the page it is made of."""
    mark = b"x" + format(number, "x").encode()
    parts = _SCRIPTS.split(sample.body)
    parts[::2] = [
        _TEXTS.sub(lambda text: _WORDS.sub(lambda word: word[0] + mark, text[0]), part)
        for part in parts[::2]
    ]
    scheme, _, rest = sample.url.partition("://")
    host, _, path = rest.partition("/")
    url = f"{scheme}://{host}/{number}/{path}"
    body = b"".join(parts).replace(sample.url.encode(), url.encode())
    return replace(sample, url=url, body=body)


def _grow(samples: list[Sample], count: int) -> dict[str, Any]:
    """What this one process holds while it reads, keeps and clusters page after page."""
    from aggregator.core.extract import extract

    rows: list[dict[str, Any]] = []
    batch, marks = 200, max(1, count // 10)
    with tempfile.TemporaryDirectory() as folder, _news(Path(folder) / "long.db") as news:
        done = 0
        while done < count:
            some = [
                altered(samples[number % len(samples)], number // len(samples))
                for number in range(done, min(done + batch, count))
            ]
            pages = {each.url: _page(each) for each in some}
            for item in _take(news, some):
                article = _or_none(extract, pages[item.entry.guid], item)
                if article is not None:
                    _keep(news, item, article)
            news.cluster()
            if done // marks != (done + len(some)) // marks or not rows:
                held = news._proposer.nbytes / 1e6
                resident = measuring.resident() / 1e6
                rows.append({
                    "pages read": done + len(some), "MB resident": resident,
                    "MB of index": held, "MB besides": resident - held,
                })  # fmt: skip
                print(f"{done + len(some):7} pages: {resident:.0f} MB", flush=True)
            done += len(some)
    first, last = (rows[at]["MB besides"] for at in (min(1, len(rows) - 1), -1))
    rows[-1] |= {"promise": "<= 1.2 of the start", "kept": last <= 1.2 * first}
    return {"told": f"one process, {count:,} pages, all of them different", "rows": rows}
