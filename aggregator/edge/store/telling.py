"""Writes what `core.provenance` says of a cluster to its articles, credits and cluster row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aggregator.core import provenance
from aggregator.core.provenance import Member
from aggregator.core.times import moment, stamp
from aggregator.edge.store.comparing import Bodies
from aggregator.model import Credit, Role


def _credits(db: Any, cluster_id: int) -> dict[int, list[Credit]]:
    """What the pages of a cluster say themselves, by article; inferred credits are left out."""
    rows = db.execute(
        "SELECT credits.* FROM articles JOIN credits ON credits.article = articles.id"
        " WHERE cluster = ? AND role <> ? ORDER BY credits.id",
        [cluster_id, Role.INFERRED],
    )
    found: dict[int, list[Credit]] = {}
    for row in rows:
        credit = Credit(
            agency=row["agency"],
            role=Role(row["role"]),
            zone=row["zone"],
            excerpt=row["excerpt"],
            offset=row["offset"],
            rule=row["rule"],
        )
        found.setdefault(row["article"], []).append(credit)
    return found


def _members(db: Any, bodies: Bodies, cluster_id: int) -> list[Member]:
    rows = db.execute(
        "SELECT articles.id, url_key, articles.title, published_at, outlets.domain,"
        " outlets.family, fingerprints.digest, coalesce(holder, article) AS holder FROM articles"
        " JOIN outlets ON outlets.id = articles.outlet"
        " JOIN fingerprints ON fingerprints.article = articles.id WHERE cluster = ?",
        [cluster_id],
    ).fetchall()
    found = []
    credits = _credits(db, cluster_id)
    elsewhere: dict[str, float] = {}  # by exact text: its holder's comparisons stand for all
    for row in rows:
        if row["digest"] not in elsewhere:
            elsewhere[row["digest"]] = _elsewhere(db, row["holder"], cluster_id)
        body = bodies.get(db, row["id"])
        found.append(
            Member(
                article=row["id"],
                key=row["url_key"],
                outlet=row["domain"],
                publisher=row["family"] or row["domain"],
                published_at=moment(row["published_at"]),
                title=row["title"],
                digest=row["digest"],
                tokens=body.tokens,
                shingles=body.shingles,
                credits=tuple(credits.get(row["id"], ())),
                elsewhere=elsewhere[row["digest"]],
            )
        )
    return found


def _elsewhere(db: Any, article: int, cluster_id: int) -> float:
    """The largest share of a text, by its holder, that is found in an article of another story."""
    row = db.execute(
        "SELECT max(share) FROM (SELECT a_in_b AS share, b AS other FROM pairs WHERE a = :article"
        " UNION ALL SELECT b_in_a, a FROM pairs WHERE b = :article)"
        " JOIN articles ON articles.id = other WHERE cluster IS NOT :cluster",
        {"article": article, "cluster": cluster_id},
    ).fetchone()
    return float(row[0] or 0.0)


def tell_story(db: Any, bodies: Bodies, cluster_id: int, *, now: datetime) -> None:
    """Bring a cluster's row, its articles' relations and its inferred credits up to date.

    Nothing is written where nothing changed, so an unchanged story keeps its `updated_at`.
    """
    members = _members(db, bodies, cluster_id)
    facts = provenance.tell(members)
    agencies = {member.article: _agency(member) for member in members}
    for share in facts.shares:
        values: list[Any] = [share.relation, _rounded(share.copied), _rounded(share.kept)]
        values.append(agencies[share.article])
        db.execute(
            "UPDATE articles SET relation = ?, copied = ?, kept = ?, agency = ? WHERE id = ?"
            " AND (relation, copied, kept, agency) IS NOT (?, ?, ?, ?)",
            [*values, share.article, *values],
        )
        _keep_inferred(db, share.article, share.inferred)
    lead = next(member for member in members if member.article == facts.lead)
    times = [member.published_at for member in members]
    seen_at = db.execute(
        "SELECT max(first_seen_at) FROM articles WHERE cluster = ?", [cluster_id]
    ).fetchone()[0]
    row = {
        "title": lead.title,
        "agency": facts.agency,
        "first_at": stamp(min(times)),
        "last_at": stamp(max(times)),
        "seen_at": seen_at,
        "outlets": facts.outlets,
        "articles": len(members),
        "independent": facts.independent,
        "lead": facts.lead,
        "merged_into": None,
    }
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    db.execute(
        f"UPDATE clusters SET ({names}, updated_at) = ({marks}, :now) WHERE id = :id"  # noqa: S608
        f" AND ({names}) IS NOT ({marks})",
        row | {"now": stamp(now), "id": cluster_id},
    )


def _agency(member: Member) -> str | None:
    """The agency a page's own credits name as the source of its text."""
    roles = (Role.OWN, Role.ORIGIN, Role.PARTIAL)
    proving = [c for c in member.credits if c.role in roles]
    best = min(proving, key=lambda c: (roles.index(c.role), c.agency), default=None)
    return best.agency if best else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _keep_inferred(db: Any, article: int, credit: Credit | None) -> None:
    """Replace an inferred credit when it changed; it goes when its proof goes."""
    row = db.execute(
        "SELECT agency, excerpt, source_article FROM credits WHERE article = ? AND role = ?",
        [article, Role.INFERRED],
    ).fetchone()
    wanted = (credit.agency, credit.excerpt, credit.source_article) if credit else None
    if (tuple(row) if row else None) == wanted:
        return
    db.execute("DELETE FROM credits WHERE article = ? AND role = ?", [article, Role.INFERRED])
    if credit:
        db.execute(
            "INSERT INTO credits (article, agency, role, zone, excerpt, rule, source_article)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                article, credit.agency, credit.role, credit.zone, credit.excerpt, credit.rule,
                credit.source_article,
            ],
        )  # fmt: skip


def retire(db: Any, cluster_id: int, *, into: int | None, now: datetime) -> None:
    """Close a cluster whose members all went elsewhere; its id answers for ever."""
    db.execute(
        "UPDATE clusters SET merged_into = ?, articles = 0, outlets = 0, independent = 0,"
        " lead = NULL, updated_at = ? WHERE id = ?",
        [into, stamp(now), cluster_id],
    )
    if into is not None:  # a chain of redirects is kept one step long
        db.execute("UPDATE clusters SET merged_into = ? WHERE merged_into = ?", [into, cluster_id])
