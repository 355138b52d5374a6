"""Makes the copies of a story from rows of articles, credits, parents and versions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from aggregator.core import titles
from aggregator.core.order import remark_on
from aggregator.core.proof import CREDITING
from aggregator.core.times import moment
from aggregator.edge.reading.asking import rows
from aggregator.edge.reading.versions import Versions, read_versions
from aggregator.model import Copy, Credit, Parent, Relation, Role, TimeSource, Trust

SOURCING = (*CREDITING, Role.INFERRED)
# To make a member of an enum from its word is a call in Python, four times a copy; with headlines
# whose words are kept too, 8,000 copies take 109 ms, not 144. What is no word is refused as ever.
_source, _trust, _relation, _role = cache(TimeSource), cache(Trust), cache(Relation), cache(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside the articles of a report, by article, in one statement a table."""

    credits: Mapping[int, list[dict[str, Any]]]
    parents: Mapping[int, list[dict[str, Any]]]
    redated: Mapping[int, str]
    versions: Mapping[int, Versions]
    names: Mapping[str, str]  # of agencies


def read_beside(db: Any, articles: Sequence[int], *, whole: bool) -> Beside:
    """Everything about these articles that other tables hold."""
    ids = [json.dumps(list(articles))]
    return Beside(
        credits=_by_article(rows(db, _CREDITS, ids)),
        parents=_by_article(rows(db, _PARENTS, ids)),
        redated={row["article"]: row["redated_at"] for row in rows(db, _REDATED, ids)},
        versions=read_versions(db, articles) if whole else {},
        names={row["id"]: row["name"] for row in rows(db, "SELECT id, name FROM agencies")},
    )


_CREDITS = "SELECT * FROM credits WHERE article IN (SELECT value FROM json_each(?)) ORDER BY id"
_PARENTS = """
SELECT parents.article, parents.source, parents.share, clusters.id AS story, clusters.title,
  clusters.agency, outlets.name AS outlet
FROM parents
JOIN articles AS page ON page.id = parents.article
JOIN articles AS source ON source.id = parents.source
JOIN clusters ON clusters.id = source.cluster
JOIN outlets ON outlets.id = source.outlet
WHERE parents.article IN (SELECT value FROM json_each(?)) AND source.cluster IS NOT page.cluster
ORDER BY parents.share DESC, parents.source
"""
_REDATED = """
SELECT article, max(redated_at) AS redated_at FROM entries
WHERE article IN (SELECT value FROM json_each(?)) AND redated_at IS NOT NULL GROUP BY article
"""


def _by_article(found: Sequence[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        grouped.setdefault(row["article"], []).append(row)
    return grouped


def make_copy(
    row: dict[str, Any], beside: Beside, *, lead: dict[str, Any], agency: str | None, whole: bool
) -> Copy:
    """One member of a story; `row` and `lead` are rows of articles with their outlets."""
    credits = tuple([_credit(each) for each in beside.credits.get(row["id"], ())])
    best = leading_credit(credits, agency)
    published_at = moment(row["published_at"])
    copy = Copy(
        article=row["id"],
        outlet=row["outlet_name"],
        outlet_id=row["outlet"],
        domain=row["domain"],
        family=row["family"],
        title=row["title"],
        url=row["final_url"],
        published_at=published_at,
        time_source=_source(row["time_source"]),
        time_trust=_trust(row["time_trust"]),
        time_remark=remark_on(
            row["time_remark"],
            redated_at=moment(beside.redated.get(row["id"])),
            published_at=published_at,
        ),
        stated_at=moment(row["stated_at"]),
        day_only=bool(row["day_only"]),
        first_seen_at=moment(row["first_seen_at"]),
        words=row["words"],
        language=row["language"],
        relation=_relation(row["relation"]),
        copied=row["copied"],
        kept=row["kept"],
        is_lead=row["id"] == lead["id"],
        new_headline=titles.is_new(
            row["title"], lead["title"], outlets=(row["outlet_name"], lead["outlet_name"])
        ),
        credits=credits,
        agency=best.agency if best else None,
        agency_role=best.role if best else None,
        authors=tuple(json.loads(row["authors"])),
        text=row["text"] if whole else "",
        parents=tuple([_parent(each, beside) for each in beside.parents.get(row["id"], ())]),
    )
    versions = beside.versions.get(row["id"])
    return versions.onto(copy) if versions else copy


def leading_credit(credits: Sequence[Credit], agency: str | None) -> Credit | None:
    """The credit that says most of whose text it is; the story's agency among several alike."""
    sourcing = [credit for credit in credits if credit.role in SOURCING]
    if len(sourcing) < 2:  # as nearly always
        return sourcing[0] if sourcing else None
    return min(
        sourcing,
        key=lambda c: (SOURCING.index(c.role), c.agency != agency, c.agency),
    )


def _credit(row: dict[str, Any]) -> Credit:
    return Credit(
        agency=row["agency"],
        role=_role(row["role"]),
        zone=row["zone"],
        excerpt=row["excerpt"],
        offset=row["offset"],
        rule=row["rule"],
        source_article=row["source_article"],
    )


def _parent(row: dict[str, Any], beside: Beside) -> Parent:
    return Parent(
        story=row["story"],
        title=row["title"],
        share=row["share"],
        article=row["source"],
        outlet=row["outlet"],
        agency=row["agency"],
        agency_name=beside.names.get(row["agency"], row["agency"]),
    )
