"""Cases S12 and S15 of the reliability exam: questions to our pages that are none."""

from __future__ import annotations

import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from aggregator.datasette_plugin.metadata import queries
from tests import payloads
from tests.edge.test_exam_site import OURS, Ask, ask, news, registered

__all__ = ["ask", "news", "registered"]  # one Datasette of attacks for these tests too

# -- S12: searches

SEARCHES = (
    '"', '""', '"""', "'", "*", "**", "a*", '" OR *', "NEAR(", 'NEAR("a" "b", 99999999999)',
    "title:", "title:a", "nosuchcolumn:a", "{title text}:a", "- a", "a NOT", "NOT", "AND", "OR OR",
    "a AND (b OR", "((((((((((a))))))))))", "^a", "a + b", "a\x00b", "\x00", "rank", "%", "_", "\\",
    "articles_fts MATCH 'a'", "'; DROP TABLE articles; --", "\u202e", "\ufeff", "フェリー", "🚒",
    '" OR NEAR(a b) AND title:* ^', "a" * 5000, "(" * 5000, '"' * 4999, "* " * 2000,
    " ".join(f"t{number}" for number in range(10_000)),
    " OR ".join(f"t{number}" for number in range(5_000)), "NOT " * 3000, "a NEAR b " * 800,
)  # fmt: skip
SLOWEST = 10.0  # seconds; the exam asks for one on a machine that does nothing else


@pytest.mark.parametrize("number", range(len(SEARCHES)))
def test_s12_searches_that_are_no_searches(ask: Ask, number: int) -> None:
    words = quote_plus(SEARCHES[number])
    for path in (f"/-/stories?q={words}", f"/-/stories.json?q={words}",
                 f"/news/articles?_search={words}&_size=1",
                 f"/news/articles?_search={words}&_searchmode=raw&_size=1",
                 f"/news/who_repeats?outlet={words}"):  # fmt: skip
        began = time.monotonic()
        answer = ask(path)
        assert time.monotonic() - began < SLOWEST, path[:100]
        # Datasette stops what takes a second; its 1.0 alphas answer that with 500.
        stopped = path.startswith("/news") and "interrupted" in answer.text.lower()
        assert answer.status_code in (200, 400) or stopped, path[:100]


# -- no question makes a fault


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(tuple(payloads.PAYLOADS.values())),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["7d", "2026-11-20", "2026-11-20T04:52:00Z", "0001-01-01", "9999-12-31", "1e9",
                     "all", "-1d", "9999999999d", "news", "cpa", "x100", "en", "٣", "１"]),
)  # fmt: skip
_FIELDS = st.dictionaries(
    st.one_of(
        st.sampled_from(["q", "a", "b", "sort", "turned", "since", "until", "outlet", "agency",
                         "language", "min_outlets", "min_sources", "page", "db", "_trace",
                         "_shape"]),
        st.text(max_size=8),
    ),
    _TEXT, max_size=5,
)  # fmt: skip
_PATH = st.one_of(
    st.sampled_from(OURS).map(lambda path: path.split("?")[0]),
    st.builds(
        lambda start, rest, end: start + _quoted(rest) + end,
        st.sampled_from(["/-/stories/", "/-/outlet/", "/-/agency/", "/-/stories", "/-/compare/",
                         "/-/outlets", "/-/"]),
        st.text(max_size=20),
        st.sampled_from(["", ".json", ".csv", ".atom", "/"]),
    ),
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=_PATH, fields=_FIELDS)
def test_s15_no_question_makes_a_fault(ask: Ask, path: str, fields: dict[str, str]) -> None:
    said = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields.items())
    assert ask(f"{path}?{said}").status_code < 500


@pytest.mark.parametrize("name", queries())
def test_s15_no_parameter_of_a_ready_made_question_makes_a_fault(ask: Ask, name: str) -> None:
    for payload in payloads.PAYLOADS.values():
        said = quote(payload, safe="")
        assert ask(f"/news/{name}.json?outlet={said}&days={said}").status_code in (200, 400)


@pytest.mark.parametrize("said", ["%ff%fe", "%", "%zz", "&&&=", "q=%c0%80", "q", "=", "q=1&q=2"])
def test_s15_addresses_that_are_no_text(ask: Ask, said: str) -> None:
    for path in ("/-/stories", "/-/stories.json", "/-/outlet/1"):
        assert ask(f"{path}?{said}").status_code < 500
    assert ask(f"/-/outlet/{said}").status_code < 500
