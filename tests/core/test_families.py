"""The bundled owner groups: facts with a source, one group a domain."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from aggregator.core.families import family_of, known_families
from aggregator.core.urls import outlet_of

ROWS = tomllib.loads(
    files("aggregator.core").joinpath("families.toml").read_text(encoding="utf-8")
)["family"]


def test_every_domain_is_a_registered_one_of_one_group_alone() -> None:
    domains = [domain for row in ROWS for domain in row["domains"]]
    assert len(domains) == len(set(domains)) == len(known_families())
    assert [each for each in domains if outlet_of(f"https://www.{each}/") != each] == []


def test_every_group_has_a_name_of_its_own_and_says_where_it_lists_its_titles() -> None:
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    assert all(set(row) == {"name", "source", "domains"} and row["source"] for row in ROWS)
    assert len(ROWS) >= 60


def test_an_outlet_is_found_by_its_registered_domain() -> None:
    assert family_of("indystar.com") == family_of("USATODAY.com") != family_of("mirror.co.uk")
    assert family_of("indystar.com.example") is None
    assert family_of("") is None
