"""The words on who published first, with what speaks for and against each time; decides no time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.core.answer import Answer
from aggregator.core.figure import by_outlet
from aggregator.core.wording import count, day_of, listing, minutes_between, moment, one_line
from aggregator.model import Copy, Story, TimeSource, Trust

# Feed dates are set by hand or by a publishing queue and are off by minutes (features.md of the
# field study: feeds bump dates): a lead of less than this proves no order.
_CLOSE_MINUTES = 5
_REMARKS_MOST = 3


def who_first(story: Story) -> Answer:
    """Who published first among the outlets watched, or that this cannot be known."""
    first, rivals = story.first, by_outlet(story)[1:]
    tied = [copy for copy in rivals if first.day_only and copy.published_at == first.published_at]
    if tied:
        return _unknown(story, [first, *tied])
    seen = first.time_source is TimeSource.SEEN
    close = [
        one_line(copy.outlet)
        for copy in rivals
        if minutes_between(first.published_at, copy.published_at) < _CLOSE_MINUTES
    ]
    evidence = []
    if first.time_remark:
        evidence.append(one_line(first.time_remark))
    elif seen:
        evidence.append("its page and feed give no time, so this is when it was first seen here")
    evidence += _doubts(story, rivals)
    if close:
        evidence.append(f"{listing(close, most=3)} within {_CLOSE_MINUTES} min")
    if rivals:
        evidence.append(f"among the {count(len(rivals) + 1, 'outlet')} watched that carry it")
    return Answer(
        question="Who was seen first?" if seen else "Who published first?",
        answer=one_line(first.outlet),
        detail=_when(first),
        confidence=_confidence(first, close=bool(close)) if rivals else "",
        evidence=tuple(evidence),
    )


def _unknown(story: Story, tied: Sequence[Copy]) -> Answer:
    names = listing((one_line(copy.outlet) for copy in tied), most=4)
    return Answer(
        question="Who published first?",
        answer="not known",
        detail=f"{names}, all on {day_of(story.first.published_at)}",
        confidence="low",
        evidence=("they give the day alone, so their order within it is not known",),
    )


def _when(copy: Copy) -> str:
    if copy.time_source is TimeSource.SEEN:
        return f"first seen {moment(copy.published_at)}"
    when = day_of(copy.published_at) if copy.day_only else moment(copy.published_at)
    return f"{when} ({copy.time_source.value})"


def _confidence(first: Copy, *, close: bool) -> str:
    """The trust in the first one's time, a step lower when somebody else is close behind."""
    trusts = list(Trust)
    step = trusts.index(first.time_trust) + close
    if first.time_source is TimeSource.SEEN or first.day_only:
        step = len(trusts) - 1
    return trusts[min(step, len(trusts) - 1)].value


def _doubts(story: Story, rivals: Sequence[Copy]) -> Iterator[str]:
    """Copies that say they were earlier and are not believed, or that may have been."""
    first = story.first.published_at
    said = 0
    for copy in rivals:
        if said == _REMARKS_MOST:
            return
        if copy.stated_at and copy.stated_at < first:
            said += 1
            yield f"{one_line(copy.outlet)} does not come first: {one_line(copy.time_remark)}"
        elif copy.day_only and day_of(copy.published_at) == day_of(first):
            said += 1
            yield f"{one_line(copy.outlet)} gives the day alone and may have been earlier"
