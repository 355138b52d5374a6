"""Sets any two stored articles side by side, paragraph by paragraph; judges neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aggregator.core import titles
from aggregator.core.contract import ChangesDict
from aggregator.core.diff import DiffRow, describe, diff_texts
from aggregator.core.plaindiff import diff_lines, diff_to_list
from aggregator.core.wording import one_line
from aggregator.edge.store.explaining import find_article


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The text of article B beside that of article A."""

    titles: tuple[str, str]
    words: str  # what changed, in a few words
    rows: tuple[DiffRow, ...]

    def to_dict(self) -> ChangesDict:
        """The contract of `changes` in `explain --json`."""
        return {
            "titles": list(self.titles),
            "summary": self.words,
            "paragraphs": diff_to_list(self.rows),
        }

    def to_text(self) -> str:
        """The same for a terminal; nothing in it can steer one."""
        lines = [f"changes    {self.words}"]
        if self.titles[0] != self.titles[1]:
            lines.append(
                f"headline   [-{one_line(self.titles[0])}-] {{+{one_line(self.titles[1])}+}}"
            )
        return "\n".join([*lines, *diff_lines(self.rows)])


def set_beside(db: Any, a: str, b: str) -> Beside:
    """Article B beside article A, each named by id or URL; UsageError when one is not there."""
    left, right = (
        db.execute(
            "SELECT articles.title, text, outlets.name FROM articles"
            " JOIN outlets ON outlets.id = outlet WHERE articles.id = ?",
            [find_article(db, name)],
        ).fetchone()
        for name in (a, b)
    )
    rows = diff_texts(left["text"], right["text"])
    new = titles.is_new(right["title"], left["title"], outlets=(left["name"], right["name"]))
    words = describe(rows, headline=new) or "nothing changed"
    return Beside(titles=(left["title"], right["title"]), words=words, rows=rows)
