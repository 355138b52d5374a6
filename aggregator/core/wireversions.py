"""Lists an agency's own versions of a story, by its marks and by its page; compares no text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aggregator.core.wirecopy import read_mark
from aggregator.model import Copy, Revision, RevisionKind, Role, Story, WireKind, WireMark

MOST = 60
_ITS_COPY = (Role.OWN, Role.ORIGIN)
_BY_REVISION = {
    RevisionKind.CORRECTION: WireKind.CORRECTION,
    RevisionKind.LEAD: WireKind.LEAD,
    RevisionKind.UPDATE: WireKind.UPDATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WireVersion:
    """One version that the agency sent: the copy that shows it, and what it is."""

    article: int
    outlet: str
    at: datetime  # published, or seen here where a page changed
    title: str
    kind: WireKind | None  # None: the first version, without any mark
    number: int | None
    words: str  # the mark, or what changed

    @property
    def label(self) -> str:
        """`first version`, `update 2`, `correction`."""
        if self.kind is None:
            return "first version"
        return f"{self.kind.value} {self.number}" if self.number else self.kind.value


def wire_versions(story: Story) -> tuple[WireVersion, ...]:
    """The agency's versions in order of time; empty when the story shows one at most.

    A version is known by its mark in any copy ("UPDATE 2-"), by its own site, and there by the
    revisions of one page. Of copies with the same mark the earliest counts.
    """
    found: dict[tuple[object, ...], WireVersion] = {}
    for copy in story.copies:
        for version in _versions(copy, story.agency):
            key = (version.kind, version.number or version.words.casefold())
            if version.kind is None:
                key = (None, "")
            known = found.get(key)
            if known is None or version.at < known.at:
                found[key] = version
    listed = sorted(found.values(), key=lambda each: (each.at, each.article))
    return tuple(listed[:MOST]) if len(listed) > 1 else ()


def _versions(copy: Copy, agency: str | None) -> Iterator[WireVersion]:
    theirs = agency is not None and copy.agency == agency and copy.agency_role in _ITS_COPY
    own = theirs and copy.agency_role is Role.OWN
    if copy.mark is not None and (theirs or copy.agency is None):
        yield _version(copy, copy.published_at, copy.title, copy.mark.kind, copy.mark)
    elif own:
        yield _version(copy, copy.published_at, _first_title(copy), None, None)
    if own:
        for revision in copy.revisions[1:]:
            if revision.kind in _BY_REVISION:
                mark = read_mark(revision.title, text=revision.text)
                kind = mark.kind if mark else _BY_REVISION[revision.kind]
                yield _version(
                    copy, revision.seen_at, revision.title, kind, mark, revision=revision
                )


def _first_title(copy: Copy) -> str:
    return copy.revisions[0].title if copy.revisions else copy.title


def _version(
    copy: Copy,
    at: datetime,
    title: str,
    kind: WireKind | None,
    mark: WireMark | None,
    *,
    revision: Revision | None = None,
) -> WireVersion:
    words = revision.summary if revision is not None else mark.words if mark else ""
    return WireVersion(
        article=copy.article,
        outlet=copy.outlet,
        at=at,
        title=title,
        kind=kind,
        number=mark.number if mark else None,
        words=words,
    )
