"""Reads how far the copy of one agency goes, with and without its name; writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core.profiles import AgencyProfile
from aggregator.core.times import stamp
from aggregator.edge.reading.asking import rows
from aggregator.edge.reading.carrying import CARRYING, SAID, SUMS, make_carried
from aggregator.edge.reading.outlets import RECENT
from aggregator.edge.reading.stories import read_stories

CARRIERS = 50


def read_agency(db: Any, key: str, *, since: datetime | None = None) -> AgencyProfile | None:
    """The reach of one agency by its key; None for a key that is not known.

    `since` leaves out stories whose last copy was published before, and articles published before.
    """
    known = rows(db, "SELECT * FROM agencies WHERE id = ?", [key])
    if not known:
        return None
    values = {"agency": key, "since": stamp(since) if since else ""}
    head = rows(db, _STORIES, values)[0]
    carriers = make_carried(rows(db, _CARRIERS, values))
    return AgencyProfile(
        key=key,
        name=known[0]["name"],
        since=since,
        total=head["stories"],
        widest=head["widest"],
        articles=sum(each.articles for each in carriers),
        credited=sum(each.credited for each in carriers),
        uncredited=sum(each.uncredited for each in carriers),
        outlets=len(carriers),
        crediting=sum(each.credited > 0 for each in carriers),
        silent=sum(each.uncredited > 0 for each in carriers),
        carriers=carriers[:CARRIERS],
        sites=tuple((row["id"], row["name"]) for row in rows(db, _SITES, [key])),
        stories=read_stories(db, [row["id"] for row in rows(db, _RECENT, values)]),
    )


_THEIRS = "clusters.agency = :agency AND clusters.last_at >= :since AND clusters.articles > 0"
_STORIES = f"""
SELECT count(*) AS stories, coalesce(max(outlets), 0) AS widest FROM clusters WHERE {_THEIRS}
"""  # noqa: S608  names of ours
_SOURCE = f"""credits
JOIN articles ON articles.id = credits.article
WHERE credits.agency = :agency AND {CARRYING} AND articles.published_at >= :since"""
_CARRIERS = f"""
WITH said AS ({
    SAID.format(
        source=f'''credits
JOIN articles ON articles.id = credits.article
WHERE credits.agency = :agency AND {CARRYING} AND articles.published_at >= :since'''
    )
})
SELECT outlets.id AS key, outlets.name, {SUMS}
FROM said JOIN outlets ON outlets.id = said.outlet
WHERE outlets.agency IS NOT :agency
GROUP BY outlets.id ORDER BY count(*) DESC, outlets.name
"""  # noqa: S608
_SITES = "SELECT id, name FROM outlets WHERE agency = ? ORDER BY name LIMIT 50"
_RECENT = f"""
SELECT id FROM clusters WHERE {_THEIRS} ORDER BY last_at DESC, id DESC LIMIT {RECENT}
"""  # noqa: S608
