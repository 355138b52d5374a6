"""Compares two readings of one page and ranks what changed; must not know when or where it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aggregator.core import facts, text, wirecopy
from aggregator.core.agencies import Agencies
from aggregator.core.edits import Edit, Edits, find_edits, of_lines
from aggregator.core.furniture import stories_of
from aggregator.core.notices import added_notices, notice_lines
from aggregator.core.phrasebook import phrasebook
from aggregator.core.wording import count
from aggregator.model import Article, Aspect, Change, Credit, RevisionKind, Role, WireKind

_SHOWN = 200  # characters of words that changed
_SAID = 4  # changes named in the summary
_TRIFLE = 4  # words in all that may be exchanged before it counts as more than wording
_MOST = 400_000  # characters: a novel; longer texts are not read for what changed (4 s)
_TOO_LONG = Change(aspect=Aspect.BODY, words="text changed")
_REPOINTED = Change(aspect=Aspect.SPELLING, words="points or paragraphs")
_DIGITS = re.compile(r"\d[\d.,:]*")
_PROVING = (Role.OWN, Role.ORIGIN, Role.PARTIAL)
_FEED = "feed field"  # a second feed says other things of the same page


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is compared of one reading of a page."""

    title: str
    text: str
    language: str | None = None
    authors: tuple[str, ...] = ()
    agencies: frozenset[str] = frozenset()  # keys of those that the page itself credits


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """What a newer reading is to the one before it; `changes` come weightiest first."""

    kind: RevisionKind
    changes: tuple[Change, ...]

    @property
    def rank(self) -> int:
        """The rank of the weightiest change, 1 (headline) to 8 (spelling)."""
        return self.changes[0].aspect.rank

    @property
    def summary(self) -> str:
        """The changes on one line."""
        said = [change.words for change in self.changes[:_SAID]]
        rest = len(self.changes) - len(said)
        return "; ".join(said) + (f"; and {rest} more" if rest > 0 else "")


def reading_of(article: Article) -> Reading:
    """The parts of an article that are compared."""
    return Reading(
        title=article.title,
        text=article.text,
        language=article.language,
        authors=article.authors,
        agencies=credited(article.credits),
    )


def credited(credits: Collection[Credit]) -> frozenset[str]:
    """The agencies that a page itself credits; what a feed says of it is left out."""
    return frozenset(c.agency for c in credits if c.role in _PROVING and c.zone != _FEED)


def compare(
    before: Reading, after: Reading, *, agencies: Agencies, templates: Collection[int] = ()
) -> Revised | None:
    """What changed, ranked; None when nothing did but furniture.

    `templates` are the keys of the sentences that the outlet repeats on unlike pages.
    """
    same_title = before.title == after.title
    if same_title and before.text == after.text and before.agencies == after.agencies:
        return None
    if max(len(before.text), len(after.text)) > _MOST:
        return Revised(kind=RevisionKind.UPDATE, changes=(_TOO_LONG,))
    left, right = stories_of(before.text, after.text, agencies=agencies, templates=templates)
    if text.tokens("\n".join(left)) == text.tokens("\n".join(right)):
        # Points, or the same words in other paragraphs.
        right, repointed = left, left != right
    else:
        repointed = False
    edits = find_edits(left, right)
    titles = [] if same_title else of_lines(before.title, after.title)
    notices = added_notices(before.text, after.text)
    language = after.language or before.language
    counted = facts.numbers(edits, titles, language)
    named = facts.names(edits, titles, language)
    changes = [
        *_headline(before.title, after.title, titles),
        *counted,
        *named,
        *(facts.quotes("\n".join(left), "\n".join(right)) if edits.anything else ()),
        *_attribution(before, after, agencies, edited=edits.anything or not same_title),
        *notices,
        *([_REPOINTED] if repointed else ()),
        *_body(edits, explained=_words_of([*counted, *named])),
    ]
    if not changes:
        return None
    changes.sort(key=lambda change: change.aspect.rank)
    marked = _is_marked(after) and not _is_marked(before)
    kind = _kind(changes, edits, corrected=bool(notices) or marked)
    return Revised(kind=kind, changes=tuple(changes))


def _is_marked(reading: Reading) -> bool:
    mark = wirecopy.read_mark(reading.title, text=reading.text)
    return mark is not None and mark.kind is WireKind.CORRECTION


def _kind(changes: Sequence[Change], edits: Edits, *, corrected: bool) -> RevisionKind:
    aspects = {change.aspect for change in changes}
    if corrected:
        return RevisionKind.CORRECTION
    if aspects == {Aspect.NAMES} and all(
        facts.is_respelled(change.before, change.after) for change in changes
    ):
        return RevisionKind.CORRECTION
    if edits.new_lead:
        return RevisionKind.LEAD
    if aspects <= {Aspect.SPELLING}:
        return RevisionKind.TRIVIAL
    if aspects <= {Aspect.SPELLING, Aspect.BODY} and _is_trifle(edits):
        return RevisionKind.TRIVIAL
    return RevisionKind.UPDATE


def _headline(before: str, after: str, titles: Sequence[Edit]) -> list[Change]:
    if before == after:
        return []
    was, now = before[:_SHOWN], after[:_SHOWN]
    if text.tokens(before) == text.tokens(after) or all(map(_is_spelling, titles)):
        return [
            Change(aspect=Aspect.SPELLING, words="headline spelled anew", before=was, after=now)
        ]
    return [Change(aspect=Aspect.HEADLINE, words="headline changed", before=was, after=now)]


def _attribution(
    before: Reading, after: Reading, agencies: Agencies, *, edited: bool
) -> list[Change]:
    found = []
    for key in sorted(after.agencies - before.agencies):
        words = f"credit to {agencies.name(key)} added"
        found.append(Change(aspect=Aspect.ATTRIBUTION, words=words, after=agencies.name(key)))
    for key in sorted(before.agencies - after.agencies):
        words = f"credit to {agencies.name(key)} dropped"
        found.append(Change(aspect=Aspect.ATTRIBUTION, words=words, before=agencies.name(key)))
    was, now = ({" ".join(text.tokens(name)) for name in each.authors} for each in (before, after))
    # Bylines alone may come from another feed's entry for the very same page.
    if (edited or found) and was and now and was != now:
        shown = [", ".join(each.authors)[:_SHOWN] for each in (before, after)]
        words = "byline changed"
        found.append(
            Change(aspect=Aspect.ATTRIBUTION, words=words, before=shown[0], after=shown[1])
        )
    return found


def _body(edits: Edits, *, explained: frozenset[str]) -> list[Change]:
    """The rest of what changed, as counts of paragraphs, and what is mere spelling."""
    plain = [edit for edit in edits.inside if not _is_told(edit, explained)]
    spelled = [edit for edit in plain if _is_spelling(edit)]
    reworded = len({edit.after.paragraph for edit in plain if edit not in spelled})
    added = [each for each in edits.added if not notice_lines(each)]
    found = []
    said = [
        f"{count(number, 'paragraph')} {verb}"
        for number, verb in (
            (len(added), "added"), (len(edits.cut), "cut"), (reworded, "reworded"),
        )
        if number
    ]  # fmt: skip
    if said:
        first = next((edit for edit in plain if edit not in spelled), None)
        was = edits.cut[0] if edits.cut else first.before.words if first else ""
        now = added[0] if added else first.after.words if first else ""
        words = ", ".join(said)
        found.append(
            Change(aspect=Aspect.BODY, words=words, before=was[:_SHOWN], after=now[:_SHOWN])
        )
    elif edits.moved:
        found.append(
            Change(aspect=Aspect.SPELLING, words=f"{count(edits.moved, 'paragraph')} moved")
        )
    if spelled:
        mild = spelled[0]
        found.append(
            Change(
                aspect=Aspect.SPELLING, words=f"spelling in {count(len(spelled), 'place')}",
                before=mild.before.words[:_SHOWN], after=mild.after.words[:_SHOWN],
            )
        )  # fmt: skip
    return found


def _words_of(changes: Sequence[Change]) -> frozenset[str]:
    return frozenset(side for change in changes for side in (change.before, change.after))


def _is_told(edit: Edit, explained: frozenset[str]) -> bool:
    """Whether an edit is nothing but a number or a name that is told by itself."""
    was, now = edit.before.words, edit.after.words
    if was.strip(facts.POINTS) in explained and now.strip(facts.POINTS) in explained:
        return True
    return bool(was and now) and _DIGITS.sub("0", was) == _DIGITS.sub("0", now)


def _is_spelling(edit: Edit) -> bool:
    """Whether an edit changes points, case or the spelling of a word, and no meaning."""
    was, now = text.tokens(edit.before.words), text.tokens(edit.after.words)
    if was == now:
        return True
    if {*was, *now} & phrasebook().negations or any(
        c.isdigit() for each in (*was, *now) for c in each
    ):
        return False
    if "".join(was) == "".join(now):
        return True
    return len(was) == len(now) == 1 and len(was[0]) > 3 and facts.is_respelled(was[0], now[0])


def _is_trifle(edits: Edits) -> bool:
    """Whether a word or two were exchanged, none of which turns a sentence round."""
    if edits.cut or edits.added:
        return False
    words = [
        token
        for edit in edits.inside
        for side in (edit.before, edit.after)
        for token in text.tokens(side.words)
    ]
    return len(words) <= _TRIFLE and not phrasebook().negations & {*words}
