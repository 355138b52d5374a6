"""Sits every document of a folder through the parsers and compares feeds with feedparser's own."""

from __future__ import annotations

import argparse
import gzip
import html
import io
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.core import feeds, opml, sitemap
from aggregator.core.dates import OLDEST
from aggregator.core.plain import plain_text
from aggregator.core.rawfeed import narrow, root_name
from aggregator.core.urls import absolute_url, clean_url
from aggregator.edge.sandbox import Sandbox
from aggregator.errors import AggregatorError

BASE = "https://exam.example/feed"
WARM = ("aggregator.core.feeds", "aggregator.core.sitemap", "feedparser", "lxml")
FEEDS = ("feed", "json feed")


@dataclass(frozen=True)
class Sat:
    """What became of one document."""

    name: str
    real: bool
    kind: str = ""  # feed, json feed, sitemap, index, list
    entries: tuple[Any, ...] = ()  # title, url, published
    count: int = 0
    reason: str = ""  # why there are no entries
    fault: str = ""  # what must not happen: a crash, a hang
    ms: int = 0
    theirs: tuple[Any, ...] | None = None  # the same by feedparser; None where it reads no such


@dataclass
class Row:
    """How one feed compares."""

    sat: Sat
    equal: Counter[str] = field(default_factory=Counter)
    differs: Counter[str] = field(default_factory=Counter)


def ours(data: bytes, now: datetime) -> tuple[str, tuple[Any, ...], int, str]:
    """Kind, entries, their number and the reason for none; runs in a worker."""
    if data[:2] == b"\x1f\x8b":
        with gzip.open(io.BytesIO(data)) as file:
            data = file.read(16_000_000)
    text = narrow(data)[0].lstrip()
    root = root_name(text)
    if root == "opml":
        listed = opml.read_opml(data)
        return "list", (), len(listed), ""
    if root in sitemap.ROOTS:
        first = re.search(rb"<loc>\s*(https?://[^/<\s]+)", text)
        base = f"{first[1].decode('ascii', 'replace')}/sitemap.xml" if first else BASE
        found = sitemap.parse_sitemap(
            data, url=base, now=now, since=now - OLDEST, max_entries=50_000
        )
        number = len(found.children) if found.index else len(found.entries)
        told = "" if number else found.warning or "names no address of its own site"
        return "index" if found.index else "sitemap", (), number, told
    kind = "json feed" if text[:1] in b"{[" else "feed"
    parsed = feeds.parse_feed(data, url=BASE, content_type=None, now=now, max_entries=50_000)
    entries = tuple(
        (e.title, e.url, e.published_at or e.updated_at, e.guid) for e in parsed.entries
    )
    told = "" if entries else parsed.warning or "a feed with no entries"
    return kind, entries, len(entries), told


def theirs(data: bytes) -> tuple[Any, ...]:
    """Title, link, date as written and as read, guid, whether it says anything; by feedparser."""
    import warnings

    import feedparser

    warnings.simplefilter("ignore")  # it warns of its own renamed keys
    return tuple(
        (
            str(entry.get("title", "")),
            str(entry.get("link", "")),
            entry.get("published") or entry.get("updated") or entry.get("created"),
            tuple(entry.get("published_parsed") or entry.get("updated_parsed") or ())[:6],
            str(entry.get("id", "")),
            str(entry.get("feedburner_origlink", "")),
            _says(entry),
        )
        for entry in feedparser.parse(io.BytesIO(data)).entries
    )


def _says(entry: Any) -> bool:
    """Whether an item has anything that a reader could see or follow."""
    named = entry.get("link") or entry.get("id")
    shown = [entry.get("title") or "", entry.get("summary") or ""]
    whole = any(part.get("value") for part in entry.get("content") or ())
    return bool(named or whole or any(plain_text(text, 100) for text in shown))


def sit(workers: Sandbox, name: str, data: bytes, real: bool, now: datetime) -> Sat:
    """One document through both, each in a worker with a deadline."""
    from scripts import feeds_exam as there  # a worker cannot look into the program that is run

    begun = time.monotonic()
    kind, entries, count, reason, fault = "", (), 0, "", ""
    try:
        kind, entries, count, reason = workers.call(there.ours, data, now)
    except AggregatorError as error:
        dead = type(error).__name__ == "WorkerDied"
        reason, fault = ("", str(error)) if dead else (error.message, "")
    except Exception as error:  # the very thing that is looked for
        fault = f"{type(error).__name__}: {error}"
    ms = round((time.monotonic() - begun) * 1000)
    other = None
    if not kind or kind == "feed":
        try:
            other = workers.call(there.theirs, data)
        except Exception:
            other = None
    return Sat(name, real, kind, entries, count, reason, fault, ms, other)


def compare(sat: Sat, now: datetime) -> Row:
    """Count titles, links and dates that are equal, and name what is different."""
    row = Row(sat)
    left = {guid: (title, url, at) for title, url, at, guid in sat.entries}
    saying = list(sat.theirs or ())
    if len(saying) != len(sat.entries):
        saying = [each for each in saying if each[-1]]
    if nothing := len(sat.theirs or ()) - len(saying):
        row.differs["an item without title, text, link and id"] = nothing
    in_order = len(sat.entries) == len(saying)
    for number, (title, link, written, read, guid, real, says) in enumerate(saying):
        mine = sat.entries[number][:3] if in_order else left.get(guid or link)
        if mine is None:
            again = saying.index((title, link, written, read, guid, real, says)) < number
            row.differs["an item repeated in full" if again else "entry not here"] += 1
            continue
        _note(row, "title", _title(title, mine[0]))
        _note(row, "link", _link(link, guid, real, mine[1]))
        _note(row, "date", _date(written, read, mine[2], now))
    return row


def _note(row: Row, what: str, reason: str) -> None:
    if reason:
        row.differs[f"{what}: {reason}"] += 1
    else:
        row.equal[what] += 1


def _title(theirs: str, mine: str) -> str:
    if " ".join(theirs.split()) == mine or plain_text(theirs, feeds.MAX_TITLE) == mine:
        return ""
    if "\ufffd" in mine or re.search("[ÃÂ]", theirs):
        return "charset read as UTF-8"
    return "other"


def _link(theirs: str, guid: str, real: str, mine: str | None) -> str:
    absolute = absolute_url(html.unescape(theirs), BASE)
    if absolute == mine:
        return ""
    if real and clean_url(html.unescape(real), BASE) == mine:
        return "the address that feedburner:origLink gives"
    if absolute and clean_url(absolute) == mine:
        return "without trackers or click counter"
    if mine is None:
        return "not http" if theirs and not absolute else "a guid that is no address"
    return "taken from the guid" if not theirs or theirs == guid else "other"


def _date(written: str | None, read: tuple[int, ...], mine: datetime | None, now: datetime) -> str:
    try:
        theirs = datetime(*read, tzinfo=UTC) if read else None  # type: ignore[misc,arg-type]
    except ValueError:
        theirs = None
    if theirs == (mine.replace(microsecond=0) if mine else None):
        return ""
    if theirs is None:
        return "read here, not there"
    if mine is None:
        return "older than 20 years" if theirs < now - OLDEST else "not read here"
    if (written or "").upper().endswith("PM") and (mine - theirs).total_seconds() == 43_200:
        return "afternoon, read as morning there"
    return "other time" if abs((theirs - mine).total_seconds()) < 86_400 else "other day"


def documents(folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """Name, file and whether it is a real outlet's, by the manifest if there is one."""
    manifest = folder / "manifest.jsonl"
    if manifest.is_file():
        for line in manifest.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["file"], folder / row["file"], bool(row.get("real"))
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path, True


def show(sats: list[Sat], rows: list[Row]) -> Iterator[str]:
    """The table as Markdown, then what differs, then the whole folder."""
    yield "| feed | entries | by feedparser | titles | links | dates | what differs |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        number = len(row.sat.theirs or ())
        told = "; ".join(f"{what} ({n})" for what, n in sorted(row.differs.items()))
        counts = " | ".join(f"{row.equal[what]}" for what in ("title", "link", "date"))
        yield f"| {row.sat.name[-60:]} | {row.sat.count} | {number} | {counts} | {told} |"
    total = Counter[str]()
    for row in rows:
        total += row.differs
        total["entries"] += len(row.sat.theirs or ())
        total["same number"] += row.sat.count == len(row.sat.theirs or ())
    yield ""
    same = total.pop("same number", 0)
    yield f"{len(rows)} feeds compared, {same} with the same number of entries"
    yield f"{total.pop('entries', 0)} entries by feedparser; different: {sum(total.values())}"
    yield from (f"  {n:5} {what}" for what, n in total.most_common())
    yield ""
    yield f"{len(sats)} documents: {sum(bool(s.fault) for s in sats)} crashed or hung"
    for kind, n in sorted(Counter(s.kind or "refused" for s in sats).items()):
        some = sum((s.kind or "refused") == kind and s.count > 0 for s in sats)
        yield f"  {n:5} {kind}, {some} with entries"
    yield "without entries, and why:"
    reasons = Counter(
        re.sub(r"\d+|\([^)]*\)|[<'`].*", "_", s.reason)[:90] for s in sats if s.reason
    )
    yield from (f"  {n:5} {reason}" for reason, n in reasons.most_common())
    slow = max(sats, key=lambda s: s.ms)
    yield f"slowest: {slow.ms} ms, {slow.name}"
    for sat in sats:
        if sat.fault or not (sat.count or sat.reason):
            yield f"FAULT {sat.name}: {sat.fault or 'neither entries nor a reason'}"


def main() -> int:
    """Exit code 1 when a document crashed, hung, or gave neither entries nor a reason."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--all", action="store_true", help="compare every feed, not only real ones")
    given = asked.parse_args()
    now = datetime.now(UTC)
    with Sandbox(workers=2, deadline=5, warm=WARM) as workers:
        sats = [
            sit(workers, name, path.read_bytes(), real, now)
            for name, path, real in documents(given.folder)
        ]
    rows = [
        compare(sat, now)
        for sat in sats
        if sat.kind == "feed" and sat.theirs is not None and (sat.real or given.all)
    ]
    print("\n".join(show(sats, rows)))
    return int(any(sat.fault or not (sat.count or sat.reason) for sat in sats))


if __name__ == "__main__":
    raise SystemExit(main())
