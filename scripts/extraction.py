"""Scores the reading of pages against gold text, beside plain trafilatura; changes nothing.

The folder holds `manifest.jsonl`, a page a line: `file`, `gold_file` (JSON with `text`), `set` and
`url`; pages and gold may be gzipped. The score of a page is the F1 of two bags of words: each
word counts as often as it stands there, in any order, and scripts without spaces count by the
character. A set's score is the mean over its pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.core import extract
from aggregator.core.charset import decode
from aggregator.errors import ParseError
from aggregator.model import Article

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Characters of scripts without spaces are words of their own; marks belong to their letters.
_WORD = re.compile(r"[\u0e00-\u109f\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
Bag = Counter[str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A page with its gold text; `path` names it in messages."""

    path: str
    set: str
    page: extract.Page
    gold: str


@dataclass(frozen=True, slots=True)
class Read:
    """One page as the three readers gave it."""

    sample: Sample
    article: Article | None  # None: refused as no HTML
    fault: str
    scores: dict[str, float]


def samples(folder: Path, *, wanted: str = "", every: int = 1) -> Iterator[Sample]:
    """The pages of a folder that have gold text, in the order of its manifest."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, filter(None, lines)) if row.get("gold_file")]
    for row in [row for row in rows if not wanted or row["set"] == wanted][::every]:
        url = row.get("url") or f"http://page.example/{row['file']}"
        gold = json.loads(_bytes_of(folder / row["gold_file"]))["text"]
        body = _bytes_of(folder / row["file"])
        page = extract.Page(url=url, final_url=url, body=body, content_type="text/html")
        yield Sample(row["file"], row["set"], page, gold)


def _bytes_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def bag(text: str) -> Bag:
    """The words of a text, counted."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def likeness(found: Bag, gold: Bag) -> float:
    """F1 of two bags, 0 to 1; two empty ones are alike."""
    size = found.total() + gold.total()
    return 2 * (found & gold).total() / size if size else 1.0


def read(sample: Sample, readers: dict[str, Callable[[str], str]]) -> Read:
    """The page through our own path, as the daemon stores it, and through each plain reader."""
    gold = bag(sample.gold)
    article, fault = None, ""
    try:
        article = extract.extract(sample.page, entry=None, now=NOW, min_words=50, first_seen=NOW)
    except ParseError as error:
        fault = str(error)
    scores = {"ours": likeness(bag(article.text if article else ""), gold)}
    if readers:
        markup = decode(sample.page.body, sample.page.content_type, subject=sample.path)
        scores |= {name: likeness(bag(run(markup)), gold) for name, run in readers.items()}
    return Read(sample, article, fault, scores)


def plain_readers() -> dict[str, Callable[[str], str]]:
    """trafilatura as a user calls it, by its default and in its fast mode."""
    import trafilatura

    def with_options(**options: Any) -> Callable[[str], str]:
        return lambda markup: trafilatura.extract(markup, include_comments=False, **options) or ""

    return {
        "default": lambda markup: trafilatura.extract(markup) or "",
        "no comments": with_options(),
        "fast": with_options(fast=True),
    }


def reason_of(found: Read) -> str:
    """What is lost and what is too much, each with its longest line; the verdict if not good."""
    if found.article is None:
        return found.fault
    gold, text = found.sample.gold, found.article.text
    parts = []
    if found.article.reason:
        parts.append(f"{found.article.verdict}: {found.article.reason}")
    for name, these, those in (("lost", gold, text), ("too much", text, gold)):
        surplus = bag(these) - bag(those)
        # The line that holds most of the difference names it.
        worst = max(these.split("\n"), key=lambda line: (bag(line) & surplus).total(), default="")
        if surplus:
            parts.append(f"{surplus.total()} words {name}, as “{worst.strip()[:60]}”")
    best = max((score, name) for name, score in found.scores.items())
    parts.append(f"best is {best[1]} {best[0]:.3f}" if best[1] != "ours" else "none does better")
    return "; ".join(parts)


def table(reads: list[Read]) -> str:
    """Mean F1 per set and reader."""
    names = list(reads[0].scores)
    lines = ["| set | pages | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for each in dict.fromkeys(found.sample.set for found in reads):
        mine = [found.scores for found in reads if found.sample.set == each]
        means = (sum(scores[name] for scores in mine) / len(mine) for name in names)
        lines.append(f"| {each} | {len(mine)} | " + " | ".join(f"{m:.4f}" for m in means) + " |")
    return "\n".join(lines)


def grow(folder: Path, count: int) -> None:
    """Read `count` pages in this one process and print what it holds on to."""
    pages = list(samples(folder))
    for done in range(count + 1):
        if done == len(pages) or done % 250 == 0:
            print(f"{done:6} pages read: {_resident():7.1f} MiB")
        if done < count:
            read(pages[done % len(pages)], {})


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> None:
    """Read the folder and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", default="", help="only this set")
    parser.add_argument("--every", type=int, default=1, help="only one page in so many")
    parser.add_argument("--worst", type=int, default=10, help="how many pages to explain")
    parser.add_argument("--ours", action="store_true", help="leave plain trafilatura out")
    parser.add_argument("--grow", type=int, metavar="N", help="read N pages, print the memory")
    options = parser.parse_args()
    if options.grow:
        grow(options.folder, options.grow)
        return
    readers = {} if options.ours else plain_readers()
    chosen = samples(options.folder, wanted=options.set, every=options.every)
    reads = [read(sample, readers) for sample in chosen]
    if not reads:
        parser.error("no page with gold text")
    print(table(reads))
    verdicts = Counter(found.article.verdict if found.article else "refused" for found in reads)
    print("\nverdicts:", ", ".join(f"{name} {count}" for name, count in verdicts.most_common()))
    sources = Counter(found.article.extractor for found in reads if found.article)
    print("read by:", ", ".join(f"{name} {count}" for name, count in sources.most_common()))
    print("\nthe worst:")
    for found in sorted(reads, key=lambda each: each.scores["ours"])[: options.worst]:
        print(f"  {found.scores['ours']:.3f}  {found.sample.path}: {reason_of(found)}")


if __name__ == "__main__":
    main()
