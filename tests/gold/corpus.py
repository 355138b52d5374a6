"""The gold suite as values: labelled articles, pairs to ignore, and the two files they make."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.gold.desk import Draft
from tests.gold.reading import Outlet


@dataclass(frozen=True, slots=True)
class Article:
    """A line of the archive, and why it is there."""

    id: str
    outlet: Outlet
    draft: Draft
    published: datetime
    cluster: str | None
    author: str | None
    edit: str  # the class of edit of a copy, "wire" for the copy others are held against, or ""
    family: str  # the kind of hard negative, "story" or "single"

    def to_line(self) -> str:
        """The line as `aggregator eval` reads it."""
        path = hashlib.blake2b(self.id.encode(), digest_size=5).hexdigest()
        row = {
            "id": self.id,
            "source": self.outlet.host,
            "title": self.draft.title,
            "text": self.draft.text,
            "published": self.published.isoformat(),
            "url": f"https://www.{self.outlet.host}/{self.published:%Y/%m/%d}/{path}",
            "author": self.author,
            "cluster": self.cluster,
        }
        return json.dumps(row, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The whole suite: articles in order of publication, pairs of ids that count neither way."""

    articles: tuple[Article, ...]
    ignored: tuple[tuple[str, str], ...]

    @property
    def gold(self) -> str:
        """The archive as JSON Lines."""
        return "".join(article.to_line() + "\n" for article in self.articles)

    @property
    def ignore(self) -> str:
        """The pairs to ignore, tab-separated."""
        return "".join(f"{a}\t{b}\n" for a, b in self.ignored)

    @property
    def digest(self) -> str:
        """Changes with any byte of either file."""
        content = f"{self.gold}\0{self.ignore}".encode()
        return hashlib.blake2b(content, digest_size=16).hexdigest()


def write(corpus: Corpus, gold: Path, ignore: Path) -> None:
    """Both files."""
    gold.write_text(corpus.gold, encoding="utf-8", newline="\n")
    ignore.write_text(corpus.ignore, encoding="utf-8", newline="\n")
