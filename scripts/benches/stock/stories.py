"""Plans which outlet runs which story when, with whose copy; invents no text."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

OUTLETS = 400
WIDEST = 220
_SHARED = 0.2  # of the stories stand at more than one outlet
_LANGUAGES = ("en",) * 6 + ("de", "fr", "es", "ru", "ar", "ja")
_DID = ("word for word", "word for word", "shortened", "shortened", "lightly edited",
        "added reporting", "rewritten")  # fmt: skip
_FEEDS_MOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One copy of a story."""

    article: int
    outlet: int
    lead: int
    relation: str
    agency: str | None
    language: str
    published_at: str
    seen_at: str
    trust: str
    copied: float | None
    kept: float | None
    carried: int
    shared: int
    wire: str | None
    feeds: tuple[int, ...]
    credits: tuple[tuple[str, str, int | None], ...]
    revised: bool
    same_headline: bool

    def entry(self, feed: int) -> int:
        """The id of the entry by which a feed lists it."""
        return self.article * _FEEDS_MOST + self.feeds.index(feed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One story and its copies, in order of publication."""

    id: int
    agency: str | None
    rows: tuple[Row, ...]

    def facts(self) -> tuple[object, ...]:
        """What its row of `clusters` says after the title."""
        outlets = len({row.outlet for row in self.rows})
        copied = sum(row.carried for row in self.rows)
        seen = max(row.seen_at for row in self.rows)
        strip = "".join(row.relation[0] for row in self.rows)
        return (self.agency, self.rows[0].published_at, self.rows[-1].published_at, seen, outlets,
                len(self.rows), outlets - copied, copied, self.rows[0].article, self.rows[0].lead,
                strip, seen)  # fmt: skip


def plan(
    chance: random.Random, agencies: list[str], articles: int, *, newest: datetime, days: int
) -> Iterator[Planned]:
    """Stories until there are so many articles, oldest first."""
    from aggregator.core.times import stamp

    outlets = list(itertools.accumulate((rank + 3) ** -0.8 for rank in range(OUTLETS)))
    shares = list(itertools.accumulate((rank + 1) ** -1.1 for rank in range(len(agencies))))
    made, number = 0, 0
    while made < articles:
        number += 1
        # Order of arrival: the share of articles made so far is the share of the days gone by.
        start = newest - timedelta(days=days) * (1 - made / articles)
        size = min(_size(chance), articles - made)
        ran = _distinct(chance, outlets, size)
        agency = None
        if chance.random() < (0.6 if size > 1 else 0.15):
            agency = chance.choices(agencies, cum_weights=shares)[0]
        delays = sorted(chance.lognormvariate(4.5, 1.4) for _ in range(size - 1))
        rows = []
        for place, outlet in enumerate(ran):
            at = start + timedelta(minutes=delays[place - 1] if place else 0)
            rows.append(
                _row(chance, made + place + 1, outlet, made + 1, agency, size, stamp(at) or "",
                     stamp(at + timedelta(minutes=chance.random() * 30)) or "",
                     agency_of(outlet, agencies))
            )  # fmt: skip
        made += size
        yield Planned(id=number, agency=agency, rows=tuple(rows))


def agency_of(outlet: int, agencies: list[str]) -> str | None:
    """The agency that an outlet is: one outlet in twenty is one."""
    return agencies[outlet // 20] if outlet % 20 == 0 else None


def _size(chance: random.Random) -> int:
    if chance.random() >= _SHARED:
        return 1
    return min(WIDEST, 1 + int(chance.paretovariate(1.05)))


def _distinct(chance: random.Random, weights: list[float], size: int) -> list[int]:
    found: dict[int, None] = {}
    while len(found) < size:
        found[chance.choices(range(1, OUTLETS + 1), cum_weights=weights)[0]] = None
    return list(found)


def _row(
    chance: random.Random, article: int, outlet: int, lead: int, agency: str | None, size: int,
    at: str, seen_at: str, own: str | None,
) -> Row:  # fmt: skip
    first = article == lead
    relation = ("first" if size > 1 else "only here") if first else chance.choice(_DID)
    copied = None if first else round(chance.uniform(0.3 if relation == "rewritten" else 0.6, 1), 4)
    kept = None if first else round(chance.uniform(0.4, 1), 4)
    credits: list[tuple[str, str, int | None]] = []
    wire = None
    if agency:
        role = "origin" if first or chance.random() < 0.7 else "inferred"
        role = "own" if own == agency else role
        wire = {"own": "own", "origin": "credited", "inferred": "uncredited"}[role]
        credits.append((agency, role, lead if role == "inferred" else None))
    if chance.random() < 0.15:
        credits.append((chance.choice(("afp", "reuters", "ap")), "mention", None))
    listed = (outlet,) if chance.random() < 0.9 else (outlet, 1 + outlet % OUTLETS)
    return Row(
        article=article, outlet=outlet, lead=lead, relation=relation,
        agency=agency if wire in ("own", "credited") else None,
        language=_LANGUAGES[lead % len(_LANGUAGES)], published_at=at, seen_at=seen_at,
        trust="low" if chance.random() < 0.05 else "high", copied=copied,
        kept=kept, carried=int(max(copied or 0, kept or 0) >= 0.5), shared=int(size > 1), wire=wire,
        feeds=listed,
        credits=tuple(credits), revised=chance.random() < 0.06,
        same_headline=first or chance.random() < 0.5,
    )  # fmt: skip
