"""The plain line: the same libraries as one uses them by their documentation, each step timed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from lines.ours import Spent, timing
from lines.samples import Sample, feed_of


def walk(samples: list[Sample], folder: Path, kept: Counter[str]) -> Spent:
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
    with timing(spent, "feed"):
        entries = feedparser.parse(feed_of(samples)).entries
    for entry, sample in zip(entries, samples, strict=True):
        with timing(spent, "extract"):
            found = bare_extraction(sample.body, url=entry.link, with_metadata=True)
        if found is None or not found.text:
            continue
        with timing(spent, "fingerprint"):
            words = re.findall(r"\w+", found.text.lower())
            shingles = {" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)}
            signature = MinHash(num_perm=128)
            signature.update_batch(list(shingles))
        with timing(spent, "cluster"):
            index.query(signature)
            if entry.link not in index:
                index.insert(entry.link, signature)
        with timing(spent, "keep"):
            table.upsert(
                {"url": entry.link, "title": found.title, "author": found.author,
                 "date": found.date, "text": found.text}, pk="url",
            )  # fmt: skip
    kept["plain"] = table.count
    db.conn.close()
    return spent
