"""The gold suite does not score below its floors, and floors only rise."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gold import scoring
from tests.gold.build import build
from tests.gold.scoring import Card

CLOSE = 0.03  # a floor further below an overall score than this no longer holds anything
CLOSE_IN_CLASS = 0.15  # one or two copies of a class of ten


@pytest.fixture(scope="module")
def card() -> Card:
    return scoring.measure(build())


def test_no_score_is_below_its_floor(card: Card) -> None:
    _, floors = scoring.read_floors()
    assert set(scoring.OVERALL) <= set(floors)
    fallen = [name for name, floor in floors.items() if card.scores.get(name, 0.0) < floor]
    if fallen:
        shown = [*card.lines(floors), "", *card.worst(), "", f"below: {', '.join(fallen)}"]
        pytest.fail("\n".join(shown), pytrace=False)


def test_floors_are_of_this_corpus(card: Card) -> None:
    digest, floors = scoring.read_floors()
    assert digest == card.corpus.digest, "the corpus changed: run scripts/gold --raise"
    assert set(floors) == set(card.scores)


def test_floors_stand_close_under_the_scores(card: Card) -> None:
    _, floors = scoring.read_floors()
    far = [
        f"{name}: {floors[name]:.3f} under {score:.3f}"
        for name, score in card.scores.items()
        if score - floors.get(name, 0.0) > (CLOSE if name in scoring.OVERALL else CLOSE_IN_CLASS)
    ]
    assert not far, f"scores rose, run scripts/gold --raise: {far}"


def test_raising_lifts_floors_to_just_under_the_scores(card: Card, tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    assert scoring.raise_floors(card, path) == []
    digest, floors = scoring.read_floors(path)
    assert digest == card.corpus.digest
    assert all(floors[name] <= score for name, score in card.scores.items())
    assert floors["f1"] > card.scores["f1"] - 0.01


def test_raising_refuses_to_lower_any(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "floors.json"
    # Everything may rise but recall; a class that is gone counts as fallen to nothing.
    stored = {"corpus": "x", "floors": {"recall": 0.9999, "f1": 0.1, "recall gone": 0.2}}
    path.write_text(json.dumps(stored), encoding="utf-8")
    before = path.read_bytes()
    worse = replace(card, scores={**card.scores, "recall": 0.5})
    monkeypatch.setattr(scoring, "measure", lambda corpus: worse)
    assert scoring.main(["--raise"], path) == 1
    assert path.read_bytes() == before
    said = capsys.readouterr().err
    assert "refused to lower a floor: recall: 0.500 is below its floor of 1.000" in said
    assert "recall gone" in said
    stored["floors"] = {"f1": 0.1}
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert scoring.main(["--raise"], path) == 0
    assert scoring.read_floors(path)[1]["f1"] > 0.1


def test_a_score_below_its_floor_fails_the_command(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "floors.json"
    monkeypatch.setattr(scoring, "measure", lambda corpus: card)
    scoring.raise_floors(card, path)
    assert scoring.main([], path) == 0
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["floors"]["precision"] = 1.01
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert scoring.main(["--errors"], path) == 1
    assert "BELOW" in capsys.readouterr().out
