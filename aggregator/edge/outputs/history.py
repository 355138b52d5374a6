"""Shows what pages changed after they were published, for a terminal and for programs."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.core.changelog import page_to_dict, revision_to_dict, wire_to_dict
from aggregator.core.contract import HistoryDict
from aggregator.core.diff import RowKind, describe, diff_texts
from aggregator.core.report import clean_all
from aggregator.core.wireversions import WireVersion
from aggregator.core.wording import count, listing, moment, one_line
from aggregator.edge.outputs.cells import Page, diff_line, own, say
from aggregator.edge.outputs.registry import Look
from aggregator.errors import UsageError
from aggregator.model import PageHistory, PageState, Revision, RevisionKind, Story

_LOST_MOST = 20


def history_to_dict(pages: Sequence[PageHistory], wire: Sequence[WireVersion] = ()) -> HistoryDict:
    """The contract of `revisions --json`: every version, the trivial ones too."""
    contract: HistoryDict = {
        "articles": [
            {
                "article": page.article,
                "story": page.story,
                "outlet": page.outlet,
                "title": page.title,
                "url": page.url,
                "page": page_to_dict(page.page, page.page_at, page.page_note),
                "revisions": [revision_to_dict(each) for each in page.revisions],
            }
            for page in pages
        ],
        "wire_versions": [wire_to_dict(each) for each in wire],
    }
    cleaned: HistoryDict = clean_all(contract)
    return cleaned


def render_history(
    pages: Sequence[PageHistory], wire: Sequence[WireVersion], look: Look, *, whole: bool = False
) -> str:
    """The histories on a terminal, the newest version last; trivial changes when `whole`."""
    page = Page(look)
    for number, each in enumerate(pages):
        if number:
            page.line(own(""))
        _one(page, each, whole=whole)
    if wire:
        page.line(own(""))
        page.line(say("The wire's own versions", "bold"))
        for version in wire:
            words = f": {one_line(version.words)}" if version.words else ""
            told = f"{moment(version.at)}  {version.label}{words}; {one_line(version.title)}"
            page.prose(say(told), indent=2)
    return page.out.getvalue()


def tell_versions(page: Page, story: Story) -> None:
    """Which copies of a story changed, and whose pages are not what they were."""
    changed = [copy for copy in story.copies if len(copy.revisions) > 1]
    lost = [copy for copy in story.copies if copy.page is not PageState.THERE]
    if changed or lost:
        page.line(own(""))
    if changed:
        seen = (f"{one_line(copy.outlet)} {len(copy.revisions)}" for copy in changed)
        page.prose(say("Versions seen: " + listing(seen)))
    for copy in lost[:_LOST_MOST]:
        told = f"{one_line(copy.outlet)}: the page is {copy.page.value} now"
        page.prose(say(f"{told} ({one_line(copy.page_note)})"))


def _one(page: Page, history: PageHistory, *, whole: bool) -> None:
    page.prose(say(f"{one_line(history.outlet)}: {one_line(history.title) or 'Untitled'}", "bold"))
    page.line(say(f"article {history.article}, {one_line(history.url)}", "dim"))
    folded = 0
    for number, revision in enumerate(history.revisions, start=1):
        if revision.kind is RevisionKind.TRIVIAL and not whole:
            folded += 1
            continue
        page.prose(say(_said(number, revision)), indent=2)
    if folded:
        page.prose(say(f"and {count(folded, 'trivial change')} (--all)", "dim"), indent=2)
    if history.page is not PageState.THERE:
        since = f" since {moment(history.page_at)}" if history.page_at else ""
        told = f"the page is {history.page.value}{since}: {history.page_note}"
        page.prose(say(told, "yellow"), indent=2)


def _said(number: int, revision: Revision) -> str:
    at = f"{number:>2}  {moment(revision.seen_at)}"
    if revision.kind is RevisionKind.FIRST:
        return f"{at}  first version: {one_line(revision.title)}"
    stated = f" (the page says {moment(revision.modified_at)})" if revision.modified_at else ""
    return f"{at}  {revision.kind.value}: {one_line(revision.summary)}{stated}"


def render_difference(history: PageHistory, older: int, newer: int, look: Look) -> str:
    """Two versions of one page side by side on lines; numbers count from 1. Raises UsageError."""
    found = history.revisions
    for number in (older, newer):
        if not 1 <= number <= len(found):
            raise UsageError(
                f"version {number}", f"article {history.article} has {count(len(found), 'version')}"
            )
    before, after = found[older - 1], found[newer - 1]
    rows = diff_texts(before.text, after.text)
    headline = one_line(before.title) != one_line(after.title)
    page = Page(look)
    page.prose(say(describe(rows, headline=headline) or "nothing visible changed", "bold"))
    if headline:
        page.prose(say(f"headline: [-{one_line(before.title)}-] {{+{one_line(after.title)}+}}"))
    for row in rows:
        if row.kind is not RowKind.SAME:
            page.prose(diff_line(page, row), indent=2)
    return page.out.getvalue()
