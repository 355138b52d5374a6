"""Two articles side by side, chosen by a reader: what was decided of them, and their texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregator.core import titles
from aggregator.core.contract import VERSION, CompareDict, RowDict, SideDict
from aggregator.core.corrected import sentence
from aggregator.core.diff import DiffRow, describe, diff_texts
from aggregator.core.explained import Explained
from aggregator.core.report import clean_all, pair_to_dict
from aggregator.core.times import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """One of the two."""

    article: int
    story: int | None
    outlet: str
    outlet_id: int
    title: str
    url: str
    published_at: datetime
    language: str | None
    words: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faced:
    """Both, what the second changed of the first, and why they are or are not one story."""

    a: Facing
    b: Facing
    rows: tuple[DiffRow, ...]
    changes: str  # in a few words
    explained: Explained

    @property
    def together(self) -> bool:
        """Whether they stand in one story."""
        return self.a.story is not None and self.a.story == self.b.story

    @property
    def decision(self) -> str:
        """Where they stand, in a sentence."""
        if self.together:
            return f"They stand in one story, number {self.a.story}."
        if self.a.story is not None and self.b.story is not None:
            return f"They stand in two stories, numbers {self.a.story} and {self.b.story}."
        sides = ((self.a, self.explained.a), (self.b, self.explained.b))
        told = [f"{each.outlet} ({side.gate or 'waiting'})" for each, side in sides
                if each.story is None]  # fmt: skip
        return f"Not in any story: {' and '.join(told)}."

    @property
    def reason(self) -> str:
        """The outcome of the comparison with its reason, and what overrules it."""
        pair = self.explained.pair
        told = f"{pair.verdict.value}: {pair.reason}"
        if self.together and not pair.verdict.merges and not self.explained.together:
            return f"{told}; copies of both hold them in one story"
        if not self.together and pair.verdict.merges and not self.explained.apart:
            return f"{told}; the other copies hold them apart"
        return told

    @property
    def decided(self) -> tuple[str, ...]:
        """What a person decided about the two, a sentence each."""
        found = (*self.explained.together, *self.explained.apart)
        return tuple(sentence(each) for each in found)

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """How a person decides otherwise: the command, and what it does."""
        pair = f"{self.a.article} {self.b.article}"
        if self.together:
            return (
                (f"not-a-copy {pair}", "keep these two out of one story"),
                (f"split {self.a.story} {self.b.article}", "take the second out of the story"),
            )
        if self.a.story is not None and self.b.story is not None:
            return ((f"merge {self.a.story} {self.b.story}", "make one story of the two"),)
        return ()


def face(a: Facing, b: Facing, explained: Explained) -> Faced:
    """Set the second beside the first."""
    rows = diff_texts(a.text, b.text)
    new = titles.is_new(b.title, a.title, outlets=(a.outlet, b.outlet))
    changes = describe(rows, headline=new) or "nothing changed"
    return Faced(a=a, b=b, rows=rows, changes=changes, explained=explained)


def faced_to_dict(faced: Faced, made_at: datetime) -> CompareDict:
    """The comparison as plain values: times as ISO 8601 in UTC, shares 0 to 1."""
    contract: CompareDict = {
        "version": VERSION,
        "made_at": stamp(made_at),
        "a": _side(faced.a),
        "b": _side(faced.b),
        "together": faced.together,
        "decision": faced.decision,
        "reason": faced.reason,
        "pair": pair_to_dict(faced.explained.pair),
        "rule": faced.explained.rule,
        "corrections": list(faced.decided),
        "changes": faced.changes,
        "rows": [_row(row) for row in faced.rows],
    }
    cleaned: CompareDict = clean_all(contract)
    return cleaned


def _side(each: Facing) -> SideDict:
    return {
        "article": each.article,
        "story": each.story,
        "outlet": each.outlet,
        "title": each.title,
        "url": each.url,
        "published_at": stamp(each.published_at),
        "words": each.words,
    }


def _row(row: DiffRow) -> RowDict:
    return {
        "kind": row.kind.value,
        "left": [{"text": each.text, "mark": each.mark.value} for each in row.left],
        "right": [{"text": each.text, "mark": each.mark.value} for each in row.right],
    }
