"""Puts stories together from the rows of a database, in few statements whatever their number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from aggregator.core import corrected
from aggregator.core.proof import CREDITING, PROVING
from aggregator.core.times import moment
from aggregator.core.whose import credit_line
from aggregator.edge.reading.asking import rows
from aggregator.edge.reading.copies import Beside, make_copy, read_beside
from aggregator.model import Claim, Copy, Correction, Match, MatchVerdict, Story

EVIDENCE_SHOWN = 6
# Not the text, which lies on pages of its own: 1,200 copies of a list take 25 ms, not 68.
_MEMBER = ", ".join(
    f"articles.{column}"
    for column in (
        "id", "title", "outlet", "cluster", "relation", "language", "published_at", "time_source",
        "time_trust", "time_remark", "stated_at", "day_only", "first_seen_at", "words", "copied",
        "kept", "authors", "final_url",
    )
)  # fmt: skip


def read_story(db: Any, story_id: int) -> Story | None:
    """One story with texts, versions and comparisons; an id that was merged gives where it went."""
    known = rows(db, "SELECT id, merged_into FROM clusters WHERE id = ?", [story_id])
    if not known:
        return None
    wanted = known[0]["merged_into"] or known[0]["id"]
    found = rows(db, "SELECT * FROM clusters WHERE id = ? AND articles > 0", [wanted])
    stories = assemble(db, found, whole=True)
    return stories[0] if stories else None


def read_stories(db: Any, ids: Sequence[int], *, whole: bool = False) -> tuple[Story, ...]:
    """These stories in this order; `whole` ones with texts, versions and comparisons."""
    if not ids:
        return ()
    marks = json.dumps(list(ids))
    clusters = rows(
        db,
        "SELECT * FROM clusters WHERE articles > 0 AND id IN (SELECT value FROM json_each(?))",
        [marks],
    )
    found = {story.id: story for story in assemble(db, clusters, whole=whole)}
    return tuple(found[number] for number in ids if number in found)


def read_corrections(db: Any, *, in_force: bool = False) -> tuple[Correction, ...]:
    """What a person decided, by number; what was taken back only unless `in_force`."""
    return corrected.gather(
        rows(
            db,
            "SELECT id, kind, note, made_at, undone_at, corrected_articles.article, part"
            " FROM corrections JOIN corrected_articles ON correction = id"
            " WHERE undone_at IS NULL OR NOT ?",
            [in_force],
        )
    )


def assemble(db: Any, clusters: Sequence[dict[str, Any]], *, whole: bool) -> tuple[Story, ...]:
    """The stories of these rows of `clusters`; `whole` ones carry texts, versions and pairs."""
    ids = json.dumps([row["id"] for row in clusters])
    members = rows(
        db,
        f"SELECT {_MEMBER}{', articles.text' if whole else ''},"  # noqa: S608  names of ours
        " outlets.name AS outlet_name, outlets.domain, outlets.family"
        " FROM articles JOIN outlets ON outlets.id = articles.outlet"
        " WHERE cluster IN (SELECT value FROM json_each(?)) ORDER BY published_at, url_key",
        [ids],
    )
    beside = read_beside(db, [row["id"] for row in members], whole=whole)
    pairs = _pairs(db, ids) if whole else {}
    rule = db.execute("SELECT value FROM meta WHERE name = 'rules in words'").fetchone()
    decided = _corrections(db, members)
    by_cluster: dict[int, list[dict[str, Any]]] = {}
    for member in members:
        by_cluster.setdefault(member["cluster"], []).append(member)
    found = []
    for row in clusters:
        mine = by_cluster.get(row["id"], [])
        lead = next((member for member in mine if member["id"] == row["lead"]), None)
        if lead is None:
            continue  # a cluster amid its commit is never seen; this is a damaged file
        copies = tuple(
            make_copy(member, beside, lead=lead, agency=row["agency"], whole=whole)
            for member in mine
        )
        led = next(copy for copy in copies if copy.is_lead)
        found.append(
            Story(
                id=row["id"],
                title=row["title"],
                lead=led,
                copies=copies,
                agency=row["agency"],
                agency_name=beside.names.get(row["agency"], row["agency"]),
                agency_names=_names(copies, beside),
                agency_evidence=_evidence(copies, row["agency"]),
                claims=_claims(copies, json.loads(row["contested"]), beside),
                outlets=row["outlets"],
                independent=row["independent"],
                copied=row["copied"],
                pairs=tuple(pairs.get(row["id"], ())),
                thresholds=rule[0] if rule else "",
                corrections=tuple(decided.get(row["id"], ())),
                changed_at=moment(row["updated_at"]),
            )
        )
    return tuple(found)


def _names(copies: Iterable[Copy], beside: Beside) -> dict[str, str]:
    keys = {credit.agency for copy in copies for credit in copy.credits}
    keys |= {parent.agency for copy in copies for parent in copy.parents if parent.agency}
    return {key: beside.names.get(key, key) for key in sorted(keys)}


def _claims(copies: Sequence[Copy], contested: Sequence[str], beside: Beside) -> tuple[Claim, ...]:
    """Who credits which of the agencies that contradict each other, in order of publication."""
    said: dict[str, list[str]] = {agency: [] for agency in contested}
    for copy in copies:
        for agency in {credit.agency for credit in copy.credits if credit.role in PROVING}:
            if agency in said and copy.outlet not in said[agency]:
                said[agency].append(copy.outlet)
    return tuple(
        Claim(agency=agency, name=beside.names.get(agency, agency), outlets=tuple(outlets))
        for agency, outlets in said.items()
        if outlets
    )


def _evidence(copies: Sequence[Copy], agency: str | None) -> tuple[str, ...]:
    """What shows whose copy it is, strongest first, one line for each copy that says so."""
    lines: list[tuple[int, str]] = []
    for copy in copies:
        proving = [c for c in copy.credits if c.agency == agency and c.role in CREDITING]
        if proving:
            best = min(proving, key=lambda credit: CREDITING.index(credit.role))
            lines.append((CREDITING.index(best.role), credit_line(copy, best)))
    return tuple(line for _, line in sorted(lines, key=lambda pair: pair[0])[:EVIDENCE_SHOWN])


def _corrections(db: Any, members: Sequence[dict[str, Any]]) -> dict[int, list[Correction]]:
    """The corrections in force by the stories that hold an article they are about."""
    story_of = {row["id"]: row["cluster"] for row in members}
    found: dict[int, list[Correction]] = {}
    for each in read_corrections(db, in_force=True):
        articles = [article for part in each.parts for article in part]
        for story in {story_of[article] for article in articles if article in story_of}:
            found.setdefault(story, []).append(each)
    return found


def _pairs(db: Any, clusters: str) -> dict[int, list[Match]]:
    """The verified comparisons inside each cluster, most alike first."""
    found: dict[int, list[Match]] = {}
    for row in rows(
        db,
        "SELECT pairs.*, x.cluster FROM articles AS x JOIN pairs ON pairs.a = x.id"
        " JOIN articles AS y ON y.id = pairs.b AND y.cluster = x.cluster"
        " WHERE x.cluster IN (SELECT value FROM json_each(?)) ORDER BY jaccard DESC, a, b",
        [clusters],
    ):
        pair = Match(
            a=row["a"],
            b=row["b"],
            jaccard=row["jaccard"],
            a_in_b=row["a_in_b"],
            b_in_a=row["b_in_a"],
            shared=row["shared"],
            verdict=MatchVerdict(row["verdict"]),
            reason=row["reason"],
        )
        found.setdefault(row["cluster"], []).append(pair)
    return found
