"""Says in words and plain values what a person decided and what that changed; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aggregator.core.contract import CorrectionDict
from aggregator.core.corrections import Clash
from aggregator.core.times import moment, stamp
from aggregator.core.wording import count, listing, one_line
from aggregator.core.wording import moment as spoken
from aggregator.model import Correction, CorrectionKind

_NAMED_MOST = 6  # articles of one side
Name = Callable[[int], str]


def gather(rows: Iterable[Mapping[str, Any]]) -> tuple[Correction, ...]:
    """Corrections by id, from one row an article: those of `corrections`, and `article`, `part`."""
    parts: dict[int, dict[int, list[int]]] = {}
    heads: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        heads[row["id"]] = row
        parts.setdefault(row["id"], {}).setdefault(row["part"], []).append(row["article"])
    return tuple(
        Correction(
            id=one,
            kind=CorrectionKind(heads[one]["kind"]),
            parts=tuple(tuple(sorted(parts[one][part])) for part in sorted(parts[one])),
            note=heads[one]["note"],
            made_at=moment(heads[one]["made_at"]),
            undone_at=moment(heads[one]["undone_at"]),
        )
        for one in sorted(heads)
    )


def article_name(article: int) -> str:
    """An article by its number."""
    return f"article {article}"


def words(correction: Correction, name: Name = article_name) -> str:
    """What was decided, such as `joined article 1 with article 2`."""
    sides = [listing(map(name, part), most=_NAMED_MOST) for part in correction.parts]
    match correction.kind:
        case CorrectionKind.MERGE:
            return f"joined {' with '.join(sides)}"
        case CorrectionKind.SPLIT:
            return f"took {sides[0]} out of the story of {sides[1]}"
        case CorrectionKind.PIN:
            return f"chose {sides[0]} as the lead copy"
        case CorrectionKind.NOT_A_COPY:
            return f"said that {sides[0]} is no copy of {sides[1]}"


def sentence(correction: Correction, name: Name = article_name) -> str:
    """The decision with its time, number and reason, as every output shows it."""
    note = f": “{one_line(correction.note)}”" if correction.note else ""
    return (
        f"A person {words(correction, name)}, {spoken(correction.made_at)}"
        f" (correction {correction.id}){note}"
    )


def refusal(clash: Clash) -> str:
    """Why a decision cannot be made, such as `correction 3 (merge) holds them together`."""
    by = listing(f"correction {each.id} ({each.kind})" for each in clash.by)
    if clash.together:
        return f"{by} {'holds' if len(clash.by) == 1 else 'hold'} them together"
    return f"{by} keeps them apart"


def to_dict(correction: Correction) -> CorrectionDict:
    """One correction of the JSON contracts."""
    return {
        "id": correction.id,
        "kind": correction.kind.value,
        "parts": [list(part) for part in correction.parts],
        "note": correction.note,
        "made_at": stamp(correction.made_at),
        "undone_at": stamp(correction.undone_at) if correction.undone_at else None,
    }


def table(corrections: Iterable[Correction]) -> str:
    """Corrections for a terminal, one line each, the newest last."""
    lines = [
        f"{each.id:>4}  {each.kind.value:<10}  {stamp(each.made_at)}"
        f"  {'in force' if each.undone_at is None else 'undone':<8}  {words(each)}"
        + (f": “{one_line(each.note)}”" if each.note else "")
        for each in corrections
    ]
    return "\n".join(lines) or "no corrections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One story before or after a decision."""

    articles: frozenset[int]
    lead: int | None = None  # None where nobody asked


def changes(before: Mapping[int, Standing], after: Mapping[int, Standing]) -> list[str]:
    """What a decision does to stories, one line a story that it changes, by story id.

    Both hold every story that has or had an article of the other.
    """
    lines = []
    story_of = {article: one for one, each in after.items() for article in each.articles}
    came_from = {article: one for one, each in before.items() for article in each.articles}
    for one in sorted({*before, *after}):
        was, now = before.get(one), after.get(one)
        if now is None or not now.articles:
            if was and was.articles:
                lines.append(f"story {one}: {_went(was.articles, story_of)}")
        elif was is None or not was.articles:
            sources = sorted({came_from[each] for each in now.articles if each in came_from})
            told = listing(f"story {each}" for each in sources)
            lines.append(
                f"story {one}: {'again' if was else 'new'},"
                f" {count(len(now.articles), 'article')}{f' from {told}' if told else ''}"
            )
        else:
            parts = []
            if was.articles != now.articles:
                parts.append(f"{count(len(now.articles), 'article')}, before {len(was.articles):,}")
            if was.lead is not None and was.lead != now.lead:
                parts.append(f"led by article {now.lead}, before by article {was.lead}")
            if parts:
                lines.append(f"story {one}: {'; '.join(parts)}")
    return lines


def _went(articles: frozenset[int], story_of: Mapping[int, int]) -> str:
    targets = sorted({story_of[each] for each in articles if each in story_of})
    if not targets:
        return "gone, none of its articles is compared any more"
    return f"part of {listing(f'story {each}' for each in targets)} now"
