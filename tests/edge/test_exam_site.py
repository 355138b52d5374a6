"""Cases S05 to S10 of the reliability exam: our pages in Datasette, asked by an attacker.

In process and on whichever line is installed; what only a browser can tell is in tests/browser.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lxml.html
import pytest

pytest.importorskip("datasette.app", reason="Datasette is in the extra [browse]")

from aggregator.datasette_plugin.guard import allowed_names
from aggregator.datasette_plugin.metadata import metadata
from tests import payloads, stories
from tests.edge.test_datasette_plugin import make, registered

__all__ = ["registered"]  # the plug-in stands in these tests too

Ask = Callable[..., Any]
EVIL = "http://evil.example"
GROUPS = -(-len(payloads.PAYLOADS) // 6)
OURS = (
    "/-/stories", "/-/stories?page=2", "/-/outlets", "/-/agencies", "/-/outlets.json",
    "/-/agencies.json", "/-/compare", "/-/compare?a=1000&b=1001", "/-/stories/100",
    "/-/outlet/1", "/-/agency/x100", "/-/stories.json",
    "/-/stories.csv", "/-/stories.atom", "/-/stories/100.json", "/-/stories/100.csv",
    "/-/stories/100.atom", "/-/outlet/1.json", "/-/agency/x100.json", "/-/stories.css",
    "/-/stories.schema.json", "/-/stories/1", "/-/outlet/99999", "/-/agency/nobody",
    "/-/stories?since=soon", "/-/outlet/host1000.example",
)  # fmt: skip


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return payloads.database(tmp_path_factory.mktemp("exam") / "news.db")


@pytest.fixture(scope="module")
def ask(news: Path) -> Iterator[Ask]:
    """Asks one Datasette, started as `aggregator browse` does, path after path."""
    told = {"plugins": {"aggregator": {"hosts": allowed_names("127.0.0.1")}}}
    site = make(news, metadata={**metadata("news"), **told})
    loop = asyncio.new_event_loop()
    loop.run_until_complete(site.invoke_startup())

    def answer(path: str, method: str = "GET", **more: Any) -> Any:
        return loop.run_until_complete(site.client.request(method, path, **more))

    yield answer
    for database in site.databases.values():
        database.close()
    site.executor.shutdown(wait=True)
    loop.close()


# What our pages are made of.
_ELEMENTS = re.compile(
    "html|head|meta|title|link|style|body|header|main|footer|nav|section|article|h[1-4]|p|div|span"
    "|a|b|bdi|small|br|q|del|ins|ul|ol|li|dl|dt|dd|table|caption|thead|tbody|tr|th|td|figure"
    "|figcaption|details|summary|form|label|input|button|select|option|datalist|time|abbr|code"
    "|svg|g|rect|circle|path|line|polyline|polygon|text|tspan|pre|colgroup|col|em|strong"
)

_HEAD = ("meta", "title", "link", "style")


def foreign(text: str) -> list[str]:
    """What strangers' words became, in one of our pages, that they must not become."""
    found = []
    for element in lxml.html.document_fromstring(text).iter():
        if not isinstance(element.tag, str):
            found.append(f"comment {element.text}")
            continue
        head = element.getparent() is not None and element.getparent().tag == "head"
        if not _ELEMENTS.fullmatch(element.tag) or (element.tag in _HEAD and not head):
            found.append(element.tag)
        for name, value in element.attrib.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "src", "data"):
                found.append(f"{element.tag} {name}")
            if name in ("href", "action", "xlink:href") and not re.match(
                "https?://|/(?!/)|#", value
            ):
                found.append(f"{name}={value}")
            if name == "http-equiv" and value != "Content-Security-Policy":
                found.append(value)
    return found


# -- S05 to S07: what strangers' words become


def test_s05_s06_every_story_outlet_and_agency(ask: Ask) -> None:
    paths = [f"/-/stories?page={number}" for number in (1, 2, 3)]
    paths += [f"/-/stories/{payloads.GROUPS + number}" for number in range(GROUPS)]
    paths += [f"/-/stories/{payloads.TITLES + number}" for number in range(len(payloads.PAYLOADS))]
    paths += [f"/-/outlet/{number}" for number in range(1, len(payloads.PAYLOADS), 4)]
    paths += [f"/-/agency/x{payloads.GROUPS + number}" for number in range(GROUPS)]
    paths += [f"/-/compare?a={number}0&b={number}1" for number in range(100, 100 + GROUPS)]
    paths += ["/-/outlets", "/-/outlets?page=2", "/-/agencies", "/-/compare"]
    for path in paths:
        answer = ask(path)
        assert answer.status_code == 200, path
        assert foreign(answer.text) == [], path


def test_s05_s06_what_an_address_says(ask: Ask) -> None:
    for payload in payloads.PAYLOADS.values():
        said = quote(payload, safe="")
        fields = ("q", "outlet", "agency", "language", "min_outlets", "page")
        together = "&".join(f"{name}={said}" for name in fields)
        for path in (f"stories?{together}", f"stories?since={said}", f"stories?until={said}",
                     f"stories?db={said}", f"compare?a={said}&b={said}",
                     f"outlets?q={said}&sort={said}&turned={said}"):  # fmt: skip
            answer = ask(f"/-/{path}")
            assert answer.status_code in (200, 400, 404), path
            assert foreign(answer.text) == [], path


@pytest.mark.parametrize("path", ["/-/stories.json", "/-/stories/100.json", "/-/outlet/1.json",
                                  "/-/agency/x100.json", "/-/stories/1.json"])  # fmt: skip
def test_s07_json_may_stand_inside_a_page(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert "<" not in answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert "sandbox" in answer.headers["content-security-policy"]
    answer.json()


# -- S08: headers


@pytest.mark.parametrize("path", OURS)
def test_s08_headers_of_ours(ask: Ask, path: str) -> None:
    answer = ask(path)
    told = answer.headers
    policy = told.get("content-security-policy", "")
    assert policy.startswith("default-src 'none'") or answer.status_code == 301
    assert "unsafe" not in policy or answer.status_code == 301
    assert "frame-ancestors 'none'" in policy
    assert told["x-content-type-options"] == "nosniff"
    assert told["x-frame-options"] == "DENY"
    assert told["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in told
    assert "set-cookie" not in told
    if told.get("content-type", "").startswith("text/html"):
        for link in lxml.html.document_fromstring(answer.text).xpath("//a[starts-with(@href,'h')]"):
            assert {"noopener", "noreferrer", "nofollow"} <= set(link.get("rel", "").split())


@pytest.mark.parametrize(
    "path", ["/", "/news", "/news/articles", "/news/articles/1000", "/nothing", "/news/nothing",
             "/news/who_repeats", "/news/articles.json", "/news?sql=select+1"],
)  # fmt: skip
def test_s08_headers_of_datasettes_own_pages(ask: Ask, path: str) -> None:
    told = ask(path).headers
    policy = told["content-security-policy"]
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'",
                 "frame-ancestors 'none'", "form-action 'self'"):  # fmt: skip
        assert part in policy
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] in ("same-origin", "no-referrer")  # Datasette says the latter


# -- S09: who asks, and what for


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "",
                                  "localhost@evil.example", "localhost,evil.example"])  # fmt: skip
@pytest.mark.parametrize("path", ["/-/stories", "/news/articles.json", "/-/stories/100.json"])
def test_s09_another_name(ask: Ask, path: str, host: str) -> None:
    answer = ask(path, headers={"Host": host})
    assert answer.status_code == 400
    assert len(answer.text) < 100


WRITING = ("/-/stories", "/-/stories/100", "/-/stories.json", "/-/outlet/1", "/-/agency/x100",
           "/news/articles", "/news/-/create", "/news/articles/-/insert", "/news/articles/-/upsert",
           "/news/articles/-/drop", "/news/articles/1000/-/delete", "/news/articles/1000/-/update",
           "/news/who_repeats", "/news", "/-/messages", "/-/logout", "/-/permissions")  # fmt: skip


@pytest.mark.parametrize("path", WRITING)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_s09_nothing_is_changed_for_a_page_elsewhere(
    ask: Ask, news: Path, path: str, method: str
) -> None:
    before = hashlib.sha256(news.read_bytes()).digest()
    body = {"sql": "delete from articles", "row": {"id": 1}, "rows": [{"id": 1}]}
    for sent in ({"Origin": EVIL}, {"Origin": "null"}, {"Origin": "http://localhost@evil.example"},
                 {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
                 {"Sec-Fetch-Site": "same-site"}):  # fmt: skip
        answer = ask(path, method, json=body, headers=sent)
        assert answer.status_code == 403, sent
        assert len(answer.content) < 100
    # A program says no origin, and has no token either. Datasette shows it a page here and there.
    answer = ask(path, method, json=body)
    assert answer.status_code >= 400 or not path.startswith(("/-/stories", "/-/outlet", "/-/agenc"))
    assert hashlib.sha256(news.read_bytes()).digest() == before


def test_s09_our_pages_are_read_only(ask: Ask) -> None:
    for path in OURS[:21]:
        answer = ask(path, "POST", headers={"Origin": "http://localhost"})
        assert answer.status_code in (403, 405), path  # 403: Datasette asks for its token first
        assert ask(path, "HEAD").status_code == 200


def test_s09_no_other_site_may_read(ask: Ask) -> None:
    for path in ("/-/stories.json", "/news/articles.json", "/-/stories"):
        for method in ("GET", "OPTIONS"):
            answer = ask(path, method, headers={"Origin": EVIL})
            assert "access-control-allow-origin" not in answer.headers


# -- S10: paths that lead out


@pytest.mark.parametrize(
    "path",
    [
        "/-/stories/../../etc/passwd", "/-/stories/..%2f..%2fetc%2fpasswd", "/-/stories//etc/x",
        "/-/stories/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/-/stories/%252e%252e%252fetc%252fpasswd",
        "/-/stories/..%5c..%5cetc%5cpasswd", "/-/stories.css/../../../etc/passwd",
        "/-/stories.css%00.json", "/-/stories.passwd", "/-/stories/1%00.json",
        "/-/outlet/..%2f..%2fetc%2fpasswd", "/-/outlet/%2e%2e", "/-/outlet/a..b/../../x",
        "/-/agency/..%2fetc", "/-/agency/%00", "/-/stories?db=../../etc/passwd",
        "/-/stories?db=/etc/passwd", "/-/stories?db=news%00",
        "/-/static/..%2f..%2f..%2fetc%2fpasswd",
        "/-/static/%2e%2e/%2e%2e/app.py", "/-/static//etc/passwd", "/-/static/../app.py",
        "/-/static-plugins/aggregator/..%2ftemplates%2faggregator%2fpage.html",
        "/-/static-plugins/aggregator/../guard.py", "/-/static-plugins/aggregator//etc/passwd",
        "/-/static-plugins/..%2f..%2fetc/passwd", "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/news/../../../etc/passwd", "/news.db", "/news/..%2f..%2fnews.db",
    ],
)  # fmt: skip
def test_s10_paths_that_lead_out(ask: Ask, path: str) -> None:
    answer = ask(path)
    assert answer.status_code in (301, 302, 400, 403, 404), answer.status_code
    assert "location" not in answer.headers or "//" not in answer.headers["location"]
    for secret in ("root:", "SQLite format 3", "{% extends", "import annotations"):
        assert secret not in answer.text


def test_the_checker_finds_what_it_looks_for() -> None:
    for name in payloads.RUNS:
        raw = f"<!doctype html><html><head></head><body>{payloads.PAYLOADS[name]}</body></html>"
        # What libxml2 drops or reads otherwise is seen by the browser's own tests.
        assert foreign(raw.replace("\x00", "")) or name in ("body", "mutation, noscript"), name
    assert foreign('<a href="javascript:x">y</a>') and foreign('<a href="//x">y</a>')
    assert not foreign('<a href="/-/stories">y</a>')


def test_ordinary_pages_pass_the_checker(tmp_path: Path) -> None:
    from tests.edge.test_datasette_plugin import get

    path = stories.database(tmp_path / "news.db", *stories.day().stories)
    for answer in get(path, "/-/stories", "/-/stories/1", "/-/outlet/2", "/-/agency/cpa"):
        assert foreign(answer.text) == []
