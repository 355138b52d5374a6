"""Rules as text: what a database keeps gives back the rules that made it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core.agencies import load_agencies
from aggregator.core.rules import Rules
from aggregator.core.thresholds import Thresholds

EXTRA: dict[str, Any] = {
    "key": "nordpress",
    "name": "Nordpress",
    "forms": ["NORDPRESS"],
    "domains": ["nordpress.example"],
}


def _rules_with(extra: tuple[dict[str, Any], ...]) -> Rules:
    return Rules(agencies=load_agencies(extra), extra_agencies=extra)


def test_the_rules_as_shipped_come_back() -> None:
    rules = Rules()
    again = Rules.from_json(rules.to_json())
    assert again.to_json() == rules.to_json()
    assert again.thresholds == Thresholds()
    assert again.template_pages == rules.template_pages


@settings(deadline=None)
@given(st.floats(0.01, 1), st.integers(1, 500), st.integers(60, 90 * 86_400), st.integers(2, 9))
def test_every_number_comes_back(share: float, count: int, seconds: int, pages: int) -> None:
    numbers = Thresholds(
        containment=share, shared=count, uneven=share * 9, window=timedelta(seconds=seconds)
    )
    rules = Rules(thresholds=numbers, template_pages=pages)
    again = Rules.from_json(rules.to_json())
    assert (again.thresholds, again.template_pages) == (numbers, pages)


@pytest.mark.parametrize("name", [field.name for field in fields(Thresholds)])
def test_a_change_of_any_threshold_shows(name: str) -> None:
    changed = replace(Thresholds(), **{name: getattr(Thresholds(), name) * 2})
    assert Rules(thresholds=changed).to_json() != Rules().to_json()
    assert Rules.from_json(Rules(thresholds=changed).to_json()).thresholds == changed


def test_a_change_of_template_pages_shows() -> None:
    assert Rules(template_pages=4).to_json() != Rules(template_pages=3).to_json()


def test_agencies_from_config_come_back() -> None:
    rules = _rules_with((EXTRA,))
    assert rules.to_json() != Rules().to_json()
    again = Rules.from_json(rules.to_json())
    assert again.to_json() == rules.to_json()
    assert again.agencies.version == rules.agencies.version != Rules().agencies.version


def test_equal_rules_are_equal_text() -> None:
    turned = dict(reversed(EXTRA.items()))
    assert _rules_with((EXTRA,)).to_json() == _rules_with((turned,)).to_json()
    stored = Rules().to_json()
    assert json.dumps(json.loads(stored), sort_keys=True, ensure_ascii=False) == stored
