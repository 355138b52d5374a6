"""Says when a page is read again, and what it has become; knows no clock and asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.core.cadence import fraction
from aggregator.core.phrasebook import phrasebook
from aggregator.core.text import runs, tokens
from aggregator.core.titles import agree, words_of
from aggregator.model import Article, PageState, Verdict

SPREAD = 0.1  # of an age, at most
QUIET_VISITS = 3  # in a row that found nothing new ...
QUIET_SHARE = 1 / 6  # ... and so much of the span over: it is not asked again
WHOLE_EVERY = 3  # some servers answer 304 for ever: each third quiet visit asks for the page
SHRUNK = 0.3  # of the words left, all of them known: a teaser, not an edit
HELD = 0.8  # share of a teaser's runs of words that the whole text has
SAME = 0.2  # share of runs by which two texts are one article under two addresses
NOTICE_WORDS = 150  # a note that a story was withdrawn is shorter
_FEED_MADE = "feed "  # how the extractor names a text that the feed carried
_NOT_FOUND = ("page not found", "sent to the front page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Visits in proportion to age: at `first` seconds, then at each `growth`-fold age.

    With 15 minutes and 4 these are 15 min, 1 h, 4 h, 16 h, 64 h; none past the age `until`.
    """

    first: float = 15 * 60
    growth: float = 4.0
    until: float = 3 * 86_400

    def next(
        self, *, born: datetime, now: datetime, url_key: str, quiet: int = 0
    ) -> datetime | None:
        """The next visit of a page read at `now`; None when it is not to be read again.

        `born` is its publication, or when it was first seen; `quiet` the visits in a row that
        found nothing new. A page has its own ages, up to a tenth past those of the table and the
        same for the same `url_key`, so that the pages of one poll drift apart; those that are
        past, or nearer than `first`, are passed over.
        """
        age = max((now - born).total_seconds(), 0.0)
        if quiet >= QUIET_VISITS and age >= QUIET_SHARE * self.until:
            return None
        late = 1 + SPREAD * fraction(url_key)
        mark = self.first
        while mark <= self.until:
            if mark * late >= age + self.first:
                return born + timedelta(seconds=mark * late)
            mark *= self.growth
        return None


def worth_visiting(article: Article) -> bool:
    """Whether an article was read from its page, so that the page can tell of a change."""
    read = article.verdict in (Verdict.GOOD, Verdict.THIN)
    return read and not article.extractor.startswith(_FEED_MADE) and "://" in article.final_url


def ask_whole(quiet: int) -> bool:
    """Whether a visit asks for the page itself, past all validators."""
    return quiet % WHOLE_EVERY == WHOLE_EVERY - 1


def has_become(
    after: Article, *, title: str, text: str, verdict: Verdict, url_key: str
) -> tuple[PageState, str]:
    """What a page has become since it showed an article, with the reason; `there` is none.

    The other arguments are what is stored. Anything but `there` takes nothing from the text
    that is kept.
    """
    if _is_withdrawn(after, text):
        return PageState.WITHDRAWN, after.text[:200]
    if after.verdict is Verdict.WALL:
        return PageState.WALLED, after.reason
    if after.verdict is Verdict.NOT_ARTICLE:
        gone = after.reason.startswith(_NOT_FOUND)
        return (PageState.GONE if gone else PageState.SHRUNK), after.reason
    if verdict not in (Verdict.GOOD, Verdict.THIN):
        return PageState.THERE, ""
    known, shown = frozenset(runs(tokens(text)).tolist()), runs(tokens(after.text)).tolist()
    held = sum(run in known for run in shown) / len(shown) if shown else 1.0
    if after.url_key != url_key and held < SAME and not agree(
        words_of(title), words_of(after.title)
    ):  # fmt: skip
        return PageState.MOVED, f"leads to another article now: {after.final_url}"
    if verdict is Verdict.GOOD and _is_rest(after, text, held):
        return PageState.SHRUNK, f"{after.words} words are left"
    return PageState.THERE, ""


def _is_withdrawn(after: Article, text: str) -> bool:
    said = phrasebook().withdrawn
    short = after.words < NOTICE_WORDS and after.verdict is not Verdict.WALL
    return short and bool(said.search(after.text)) and not said.search(text)


def _is_rest(after: Article, text: str, held: float) -> bool:
    if after.verdict is Verdict.THIN:
        return True
    return len(tokens(after.text)) <= SHRUNK * len(tokens(text)) and held >= HELD
