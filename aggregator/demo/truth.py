"""Says what is true of every page the invented day lists; the pages themselves say it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.demo.day import EDITIONS, read_feeds, read_pages
from aggregator.model import Relation, Role, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthPage:
    """What one listed address is.

    `url` is the address the feed lists, without tracking parameters. `group` names the text
    that the page is a copy of, None for a text that no other page shares. `verdict` is None
    where no page can be had. `credit` is the agency's part: own (its own site), origin (a
    credited copy), inferred (an uncredited copy), partial, mention (quoted, no copy), None for
    none. `relation` is what the outlet did to the group's text, None where there is no text.
    `edition` is the first edition that lists the page.
    """

    url: str
    outlet: str
    group: str | None
    verdict: Verdict | None
    credit: Role | None
    relation: Relation | None
    language: str
    edition: int


def load_truth() -> tuple[TruthPage, ...]:
    """Every page of the day, in order of publication."""
    listed = {(feed.outlet.key, feed.language) for feed in read_feeds()}
    return tuple(
        TruthPage(
            url=page.url,
            outlet=page.outlet.name,
            group=page.group,
            verdict=Verdict(page.verdict) if page.verdict else None,
            credit=Role(page.credit) if page.credit else None,
            relation=Relation(page.relation) if page.relation else None,
            language=page.language,
            edition=page.edition,
        )
        for page in read_pages(EDITIONS[-1])
        if (page.outlet.key, page.language) in listed
    )
