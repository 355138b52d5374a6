"""Says in words which stories a reader asked for; asks no database."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.core.contract import QuestionDict
from aggregator.core.times import stamp
from aggregator.core.window import window_words
from aggregator.core.wording import count, one_line
from aggregator.model import StoryQuery


def narrowed(query: StoryQuery | None) -> bool:
    """Whether the question leaves stories out by anything but time and number of outlets.

    The tallies of a report follow time alone; of fewer stories they are no summary.
    """
    return query is not None and bool(
        query.text.strip()
        or query.outlet
        or query.agency
        or query.language
        or query.min_sources > 1
    )


def question_words(
    query: StoryQuery, names: Mapping[str, str] | None = None, *, window: bool = True
) -> tuple[str, ...]:
    """The filters of a question, a few words each; `names` are those of agencies by key.

    Without `window` the span of time is left out.
    """
    told = []
    if query.text.strip():
        told.append(f"with “{one_line(query.text)}”")
    if query.agency:
        told.append(f"copy of {one_line((names or {}).get(query.agency, query.agency))}")
    if query.outlet:
        told.append(f"in {one_line(query.outlet)}")
    if query.language:
        told.append(f"in language {one_line(query.language)}")
    if query.min_outlets > 1:
        told.append(f"{count(query.min_outlets, 'outlet')} or more")
    if query.min_sources > 1:
        told.append(f"{count(query.min_sources, 'independent source')} or more")
    if window and (span := window_words(query.since, query.until)):
        told.append(span)
    return tuple(told)


def question_to_dict(query: StoryQuery) -> QuestionDict:
    """The question for the JSON contract; what was not asked for is null."""
    return {
        "search": query.text.strip() or None,
        "outlet": query.outlet,
        "agency": query.agency,
        "language": query.language,
        "min_outlets": query.min_outlets,
        "min_sources": query.min_sources,
        "since": stamp(query.since),
        "until": stamp(query.until),
        "limit": query.limit,
        "offset": query.offset,
    }
