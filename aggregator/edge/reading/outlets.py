"""Reads what one outlet does with stories, its own and others'; writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.profiles import Exchange, OutletProfile
from aggregator.core.provenance import CARRIED
from aggregator.core.times import moment, stamp
from aggregator.edge.reading.asking import rows
from aggregator.edge.reading.carrying import CARRYING, SAID, SUMS, make_carried
from aggregator.edge.reading.stories import read_stories
from aggregator.model import Relation, Story, Trust

RECENT = 20
LISTED = 15


def read_outlet(
    db: Any, outlet: int | str, *, since: datetime | None = None
) -> OutletProfile | None:
    """The profile of one outlet, by its id or its registered domain; None when it is not there.

    `since` leaves out what was published before.
    """
    column = "id" if isinstance(outlet, int) else "domain"
    known = rows(db, f"SELECT * FROM outlets WHERE {column} = ?", [outlet])  # noqa: S608
    if not known:
        return None
    head = known[0]
    values = {"outlet": head["id"], "since": stamp(since) if since else "", "most": LISTED}
    values |= {"carried": CARRIED, "agency": head["agency"]}
    sums = rows(db, _SUMS, values)[0]
    carried = make_carried(rows(db, _CARRIED, values))
    return OutletProfile(
        id=head["id"],
        name=head["name"],
        domain=head["domain"],
        family=head["family"],
        agency=head["agency"],
        since=since,
        articles=sums["articles"],
        compared=sums["compared"],
        first_at=moment(sums["first_at"]),
        last_at=moment(sums["last_at"]),
        relations=_relations(rows(db, _RELATIONS, values)),
        shared=sums["shared"],
        first=sums["first"],
        carried=carried[:LISTED],
        credited=sum(each.credited for each in carried),
        uncredited=sum(each.uncredited for each in carried),
        repeats=_exchanges(rows(db, _REPEATS, values)),
        repeated=_exchanges(rows(db, _REPEATED, values)),
        stories=_recent(db, values),
    )


_MINE = "articles.outlet = :outlet AND articles.published_at >= :since"
# Shared stories and first places are counted as stories: an outlet may run one twice.
_SUMS = f"""
SELECT count(*) AS articles, count(articles.cluster) AS compared,
  min(articles.published_at) AS first_at, max(articles.published_at) AS last_at,
  count(DISTINCT CASE WHEN clusters.outlets > 1 THEN clusters.id END) AS shared,
  count(DISTINCT CASE WHEN clusters.outlets > 1 AND articles.relation = '{Relation.FIRST.value}'
    AND articles.time_trust <> '{Trust.LOW.value}' THEN clusters.id END) AS first
FROM articles LEFT JOIN clusters ON clusters.id = articles.cluster WHERE {_MINE}
"""  # noqa: S608  names of ours
_RELATIONS = f"""
SELECT relation, count(*) AS articles FROM articles
WHERE {_MINE} AND cluster IS NOT NULL GROUP BY relation
"""  # noqa: S608
_SOURCE = f"""articles
JOIN credits ON credits.article = articles.id AND {CARRYING} WHERE {_MINE}"""
_CARRIED = f"""
WITH said AS ({
    SAID.format(
        source=f'''articles
JOIN credits ON credits.article = articles.id AND {CARRYING} WHERE {_MINE}'''
    )
})
SELECT said.agency AS key, agencies.name, {SUMS}
FROM said LEFT JOIN agencies ON agencies.id = said.agency
GROUP BY said.agency ORDER BY count(*) DESC, said.agency
"""  # noqa: S608
# A story with an agency is the agency's copy, whoever's page leads it: between two papers that
# run it nothing went. The agency's own site is the one that is repeated.
_SAID = """count(*) AS articles, count(DISTINCT clusters.id) AS stories,
  avg({copy}.copied) AS copied, max({copy}.published_at) AS last_at"""
_REPEATS = f"""
SELECT outlets.id, outlets.name, {_SAID.format(copy="articles")}
FROM articles
JOIN clusters ON clusters.id = articles.cluster AND clusters.lead <> articles.id
JOIN articles AS lead ON lead.id = clusters.lead AND lead.outlet <> articles.outlet
JOIN outlets ON outlets.id = lead.outlet
WHERE {_MINE} AND max(articles.copied, articles.kept) >= :carried
  AND (clusters.agency IS NULL OR clusters.agency = outlets.agency)
GROUP BY outlets.id ORDER BY count(*) DESC, outlets.name LIMIT :most
"""  # noqa: S608
_REPEATED = f"""
SELECT outlets.id, outlets.name, {_SAID.format(copy="copy")}
FROM articles
JOIN clusters ON clusters.id = articles.cluster AND clusters.lead = articles.id
JOIN articles AS copy ON copy.cluster = clusters.id AND copy.outlet <> articles.outlet
JOIN outlets ON outlets.id = copy.outlet
WHERE {_MINE} AND clusters.outlets > 1 AND max(copy.copied, copy.kept) >= :carried
  AND (clusters.agency IS NULL OR clusters.agency = :agency)
GROUP BY outlets.id ORDER BY count(*) DESC, outlets.name LIMIT :most
"""  # noqa: S608
_RECENT = f"""
SELECT cluster FROM articles WHERE {_MINE} AND cluster IS NOT NULL
ORDER BY published_at DESC, id DESC LIMIT {RECENT * 5}
"""  # noqa: S608


def _relations(found: list[dict[str, Any]]) -> dict[Relation, int]:
    counted = {row["relation"]: row["articles"] for row in found}
    return {kind: counted[kind.value] for kind in Relation if counted.get(kind.value)}


def _exchanges(found: list[dict[str, Any]]) -> tuple[Exchange, ...]:
    return tuple(
        Exchange(
            outlet=row["id"],
            name=row["name"],
            articles=row["articles"],
            stories=row["stories"],
            copied=row["copied"],
            last_at=moment(row["last_at"]),
        )
        for row in found
    )


def _recent(db: Any, values: dict[str, Any]) -> tuple[Story, ...]:
    """The stories of its newest articles, that order kept; one that it ran twice stands once."""
    ids = list(dict.fromkeys(row["cluster"] for row in rows(db, _RECENT, values)))[:RECENT]
    return read_stories(db, ids)
