"""Views that were written for speed say what a plain count over all articles says."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from aggregator.core.provenance import CARRIED
from aggregator.edge.store import Store
from tests.edge.test_store_corpus import Desk, credited, paper, prose

OUTLETS = ("one.example", "two.example", "three.example", "four.example")
AGENCIES = ("afp", "ap", None)
PLAIN = """
SELECT articles.*, clusters.agency AS story_agency, mine.name AS outlet_name,
  theirs.name AS lead_name, agencies.name AS agency_name
FROM articles
JOIN clusters ON clusters.id = articles.cluster
JOIN articles AS lead ON lead.id = clusters.lead
JOIN outlets AS mine ON mine.id = articles.outlet
JOIN outlets AS theirs ON theirs.id = lead.outlet
LEFT JOIN agencies ON agencies.id = clusters.agency
"""


@pytest.mark.parametrize("seed", range(4))
def test_who_repeats_whom_is_what_a_plain_count_says(tmp_path: Path, seed: int) -> None:
    with Store(tmp_path / "news.db") as store:
        desk = _shuffled(Desk(store), random.Random(seed))
        told = [tuple(row) for row in store.query("SELECT * FROM who_repeats_whom")]
        columns = [each["name"] for each in store.query("PRAGMA table_info(who_repeats_whom)")]
        plain = _count([dict(row) for row in store.query(PLAIN)])
        assert desk.one("SELECT count(*) FROM who_repeats_whom") == len(told)
    assert columns == [
        "outlet", "repeats", "kind", "articles", "stories", "credited", "mean_copied",
        "last_published_at",
    ]  # fmt: skip
    assert sorted(told) == sorted(plain)
    assert {row[2] for row in told} == {"agency", "outlet"}
    assert any(row[3] > row[4] for row in told), "an outlet ran one story twice"
    assert any(0 < row[5] < row[3] for row in told), "some credit it, and some do not"


def _shuffled(desk: Desk, chance: random.Random) -> Desk:
    """A few stories, their columns as any pages might have left them."""
    for story in range(6):
        text = prose(f"story {story}")
        for place in range(6):
            site = OUTLETS[chance.randrange(len(OUTLETS))]
            given = {"credits": credited("afp")} if story == 0 and place == 0 else {}
            desk.keep(paper(f"http://{site}/{story}/{place}", text, at=place * 7, **given))
    desk.cluster()
    desk.run("INSERT OR IGNORE INTO agencies (id, name) VALUES ('afp', 'AFP'), ('ap', 'AP')")
    for (story,) in desk.store.query("SELECT id FROM clusters WHERE articles > 0"):
        desk.run("UPDATE clusters SET agency = ? WHERE id = ?", chance.choice(AGENCIES), story)
    for (article,) in desk.store.query("SELECT id FROM articles"):
        share = [chance.choice((None, 0.0, 0.3, 0.4999, 0.5, 0.77)) for _ in range(2)]
        desk.run(
            "UPDATE articles SET agency = ?, wire = ?, carried = ?, copied = ?, kept = ?"
            " WHERE id = ?",
            chance.choice(AGENCIES), chance.choice(("own", "credited", "uncredited", None)),
            chance.choice((0, 1, None)), *share, article,
        )  # fmt: skip
    return desk


def _count(articles: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in articles:
        shares = [1 if row[each] is None else row[each] for each in ("copied", "kept")]
        if row["story_agency"] is None:
            if row["carried"]:
                groups[row["outlet_name"], row["lead_name"], "outlet"].append(row)
        elif row["wire"] != "own" and max(shares) >= CARRIED:
            groups[row["outlet_name"], row["agency_name"], "agency"].append(row)
    found = []
    for names, rows in groups.items():
        copied = [1 if row["copied"] is None else row["copied"] for row in rows]
        found.append((
            *names, len(rows), len({row["cluster"] for row in rows}),
            sum(row["agency"] == row["story_agency"] for row in rows if row["story_agency"]),
            pytest.approx(sum(copied) / len(copied), abs=0.0006),
            max(row["published_at"] for row in rows),
        ))  # fmt: skip
    return found
