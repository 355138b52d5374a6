"""Case files score what they scored when they were written, and the listing shows its evidence."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from aggregator.core.agencies import load_agencies
from tests.gold.credits.__main__ import main
from tests.gold.credits.cases import Case, read_cases
from tests.gold.credits.scoring import Card, score

HERE = Path(__file__).parent
# What each file scored on the first run over it. `desks` was written beside the rules; for the
# others the rules were frozen first. docs/credits.md says what was mended afterwards.
FLOORS = {
    "desks": (0.98, 0.98),
    "unseen": (0.988, 0.971),
    "pages": (0.885, 0.885),
    "later": (0.936, 0.978),
}


@pytest.fixture(scope="module", params=FLOORS)
def scored(request: pytest.FixtureRequest) -> tuple[str, list[Case], Card]:
    name: str = request.param
    cases = list(read_cases(HERE / f"{name}.jsonl"))
    return name, cases, score(cases, load_agencies())


def test_no_file_scores_below_its_floor(scored: tuple[str, list[Case], Card]) -> None:
    name, _, card = scored
    precision, recall = FLOORS[name]
    told = "\n".join([*card.lines(), *card.faults])
    assert card.credits.precision >= precision, told
    assert card.credits.recall >= recall, told


def test_every_expected_agency_is_known(scored: tuple[str, list[Case], Card]) -> None:
    _, cases, _ = scored
    agencies = load_agencies()
    assert {key for case in cases for key, _ in case.expect} <= {each.key for each in agencies}


def test_desks_hold_400_lines_of_20_languages_half_of_them_traps() -> None:
    cases = list(read_cases(HERE / "desks.jsonl"))
    languages = Counter(case.lang for case in cases)
    assert len(cases) >= 400
    assert len(languages) >= 20
    assert 0.45 <= sum(case.trap for case in cases) / len(cases) <= 0.55


def test_a_wrong_role_counts_against_both_scores() -> None:
    wrong = Case("x", "en", False, frozenset([("afp", "partial")]), {"authors": ["AFP"]})
    card = score([wrong], load_agencies())
    assert (card.credits.right, card.credits.wrong, card.credits.missed) == (0, 1, 1)
    assert card.faults == ["CREDIT x: afp origin for afp partial"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (['{"id": "a", "lang": "en", "trap": false, "expect": {}, "colour": 1}'], "colour"),
        (['{"id": "a", "lang": "en", "trap": false, "expect": {}}'] * 2, "a second a"),
    ],
)
def test_a_faulty_case_file_is_refused(tmp_path: Path, lines: list[str], told: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        list(read_cases(path))


def page(byline: str) -> str:
    story = "".join(f"<p>{'The lamps in the old town stay dark for now. ' * 4}</p>" for _ in "123")
    return (
        '<html lang="en"><head><meta property="og:url" content="https://p.example/lamps">'
        f"</head><body><article><h1>Lamps</h1>{byline}{story}</article></body></html>"
    )


def test_a_folder_of_pages_is_listed_with_its_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.html").write_text(page('<p class="byline">By AFP</p>'), encoding="utf-8")
    (tmp_path / "two.html.gz").write_bytes(
        gzip.compress(page('<p class="photo">Reuters</p>').encode())
    )
    manifest = {"file": "two.html.gz", "url": "https://q.example/lamps"}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(manifest), encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert "https://p.example/lamps\n  afp origin: byline [byline alone/" in listed
    assert "q.example" not in listed
    assert main([str(tmp_path), "--without"]) == 0
    listed = capsys.readouterr().out
    assert "https://q.example/lamps" in listed
    assert "named reuters" in listed
    assert "\nhttps://p.example" not in f"\n{listed}"


def test_the_command_scores_files_and_names_a_missing_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(HERE / "later.jsonl"), "--errors"]) == 0
    assert "precision" in capsys.readouterr().out
    assert main([str(tmp_path / "none")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
