"""The invented news day: its server, its editions, and that its pages are what the truth says."""

from __future__ import annotations

import http.client
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from aggregator.core.agencies import load_agencies
from aggregator.demo.day import AGENCIES, Page, read_feeds, read_pages
from aggregator.demo.desk import curl, edit_body
from aggregator.demo.listings import render_feed
from aggregator.demo.pages import render_page
from aggregator.demo.truth import load_truth
from aggregator.demo.web import DemoWeb, address, demo_agencies, demo_feeds, documents
from aggregator.model import Relation, Role, Verdict

ROBOTS = "http://quorum.example/robots.txt"
FERRY_CPA = "http://cpa.example/wire/world/ferry-runs-aground-off-lindholm-"


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    with DemoWeb() as served:
        yield served


def ask(
    web: DemoWeb, url: str, *, tag: str = "", method: str = "GET", absolute: bool = True
) -> tuple[int, bytes, dict[str, str]]:
    """One request; `absolute` sends the whole URL as a client of a proxy does."""
    parts = urlsplit(url)
    target = url if absolute else parts.path + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(urlsplit(web.proxy).netloc, timeout=10)
    try:
        headers = {"Host": parts.netloc} | ({"If-None-Match": tag} if tag else {})
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


# -- the server


def test_a_url_answers_the_same_in_both_request_forms(web: DemoWeb) -> None:
    url = demo_feeds()[0].url
    status, body, headers = ask(web, url)
    assert status == 200
    assert headers["Content-Type"] == "application/atom+xml"
    assert ask(web, url, absolute=False)[1] == body
    assert (url, 200) in web.requests


def test_an_ordinary_proxy_client_gets_pages() -> None:
    import urllib3

    with DemoWeb() as served, urllib3.ProxyManager(served.proxy) as client:
        answer = client.request("GET", "http://brisk.example/cab-cams-stop-trains")
        assert answer.status == 200
        assert b"Cab cams" in answer.data
        assert served.requests == [("http://brisk.example/cab-cams-stop-trains", 200)]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_known_tag_answers_304_without_a_body(web: DemoWeb, form: str) -> None:
    url = demo_feeds()[0].url
    tag = ask(web, url)[2]["ETag"]
    status, body, headers = ask(web, url, tag=form.format(tag))
    assert (status, body) == (304, b"")
    assert headers["ETag"] == tag
    assert "Content-Length" not in headers


def test_another_tag_gets_the_whole_page(web: DemoWeb) -> None:
    status, body, _ = ask(web, demo_feeds()[0].url, tag='"stale"')
    assert status == 200
    assert body


def test_head_has_the_length_and_no_body(web: DemoWeb) -> None:
    url = "http://brisk.example/cab-cams-stop-trains"
    length = len(ask(web, url)[1])
    status, body, headers = ask(web, url, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == length


@pytest.mark.parametrize(
    "url",
    [
        "http://brisk.example/no-such-page",
        "http://nobody.example/",
        "http://www.vale-courier.example/",
    ],
)
def test_what_does_not_exist_is_404(web: DemoWeb, url: str) -> None:
    assert ask(web, url)[0] == 404


def test_a_target_that_is_no_url_is_404(web: DemoWeb) -> None:
    connection = http.client.HTTPConnection(urlsplit(web.proxy).netloc, timeout=10)
    connection.putrequest("GET", "http://[broken/", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status == 404
    connection.close()


def test_robots_allow_all_on_every_host(web: DemoWeb) -> None:
    assert ask(web, ROBOTS)[:2] == (200, b"User-agent: *\nAllow: /\n")
    hosts = {urlsplit(page.url).netloc for page in load_truth()}
    assert {f"{host}/robots.txt" for host in hosts} <= set(documents(1))


def test_the_port_can_be_chosen_and_the_tunnel_is_refused() -> None:
    with DemoWeb() as first:
        port = urlsplit(first.proxy).port
        assert port
        with pytest.raises(OSError, match="in use"):
            DemoWeb(port=port)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("CONNECT", "brisk.example:443")
        assert connection.getresponse().status == 501
        connection.close()
    with DemoWeb(port=port) as again:
        assert urlsplit(again.proxy).port == port


def test_an_unknown_edition_is_refused() -> None:
    with pytest.raises(ValueError, match="no edition 3"):
        DemoWeb(edition=3)
    with DemoWeb(edition=2) as served:
        with pytest.raises(ValueError, match="no edition 0"):
            served.edition = 0
        assert served.edition == 2


# -- the editions


def test_the_second_edition_changes_four_documents_and_adds_three() -> None:
    first, second = documents(1), documents(2)
    assert first.keys() < second.keys()
    added = {page.url for page in load_truth() if page.edition == 2}
    assert second.keys() - first.keys() == {address(url) for url in added}
    assert len(added) == 3
    changed = {key for key in first if first[key].body != second[key].body}
    feeds = {"cpa.example/feeds/en.atom", "feeds.tramline.example/all"}
    assert feeds | {"www.vale-courier.example/rss.php"} < changed
    (corrected,) = (key for key in changed if key.startswith("cpa.example/wire/"))
    assert len(changed) == 4
    assert b"Seventeen people were treated" in first[corrected].body
    assert b"Twenty-one people were treated" in second[corrected].body


def test_the_corrected_entry_moves_and_the_rest_answers_304() -> None:
    feed = "http://cpa.example/feeds/en.atom"
    quiet = "http://brisk.example/feed/"
    with DemoWeb() as served:
        tags = {url: ask(served, url)[2]["ETag"] for url in (feed, quiet)}
        served.edition = 2
        assert ask(served, quiet, tag=tags[quiet])[0] == 304
        status, body, _ = ask(served, feed, tag=tags[feed])
    assert status == 200
    (entry,) = (e for e in parse(body)["entries"] if e["link"].startswith(FERRY_CPA))
    assert entry["title"].endswith("21 treated in hospital")
    assert entry["published"] == "2026-11-20T04:52:00Z"
    assert entry["updated"] == "2026-11-20T13:05:00Z"


def test_two_renderings_are_the_same_bytes() -> None:
    for page in read_pages(2):
        if page.kind != "missing":
            assert render_page(page) == documents(2)[address(page.url)].body, page.url
    for feed in read_feeds():
        assert render_feed(feed, 2) == documents(2)[address(feed.url)].body, feed.url


# -- the feeds


def parse(body: bytes) -> dict[str, object]:
    import feedparser

    parsed: dict[str, object] = feedparser.parse(body)
    return parsed


def links(body: bytes, dialect: str) -> list[tuple[str, bool]]:
    """Each entry's link and whether it has a date."""
    if dialect == "json":
        items = json.loads(body)["items"]
        return [(item["url"], "date_published" in item) for item in items]
    parsed = parse(body)
    assert parsed["bozo"] in (0, False)
    entries = parsed["entries"]
    return [(e["link"], "published_parsed" in e or "updated_parsed" in e) for e in entries]


@pytest.mark.parametrize("feed", read_feeds(), ids=lambda feed: feed.name)
def test_a_feed_lists_exactly_the_pages_the_truth_knows(feed) -> None:
    listed = links(documents(2)[address(feed.url)].body, feed.dialect)
    expected = {
        address(page.url)
        for page in load_truth()
        if page.outlet == feed.outlet.name and page.language == feed.language
    }
    assert {address(link) for link, _ in listed} == expected
    assert len(listed) == len(expected)


def test_the_feeds_cover_every_dialect_and_quirk() -> None:
    feeds = read_feeds()
    assert {feed.dialect for feed in feeds} == {"rss", "atom", "rdf", "json"}
    bodies = {feed.name: documents(1)[address(feed.url)].body for feed in feeds}
    with pytest.raises(UnicodeDecodeError):
        bodies["auenfelder-bote"].decode()
    bote = [entry["title"] for entry in parse(bodies["auenfelder-bote"])["entries"]]
    assert "Der letzte Korbmacher im Tal hört auf" in bote
    assert "café" in bodies["vale-courier"].decode("iso-8859-1")
    (strike,) = (e for e in parse(bodies["brisk"])["entries"] if "cab-cams" in e["link"])
    assert len(strike["content"][0]["value"].split()) > 100
    assert all("utm_medium=amp" in link for link, _ in links(bodies["tramline"], "rss"))
    undated = [
        link for feed in feeds for link, dated in links(bodies[feed.name], feed.dialect)
        if not dated
    ]  # fmt: skip
    assert len(undated) == 3
    (bumped,) = (
        page for page in read_pages(1) if page.listed_at and page.listed_at > page.updated_at
    )
    assert bumped.outlet.key == "tramline"


def test_the_agency_is_described_as_the_credit_rules_take_it() -> None:
    agencies = load_agencies(demo_agencies())
    assert agencies.of_outlet("cpa.example") == "cpa"
    assert agencies.name("cpa") == "Continental Press Agency"
    assert set(AGENCIES) <= {text for text, _ in agencies.table["cpa"].forms}
    assert "cpa" not in load_agencies()


def test_demo_feeds_are_what_a_config_needs() -> None:
    feeds = demo_feeds()
    assert len({feed.name for feed in feeds}) == len({feed.url for feed in feeds}) == len(feeds)
    assert {feed.kind for feed in feeds} == {"feed"}
    assert {feed.language for feed in feeds} == {"en", "de", "es", "ja", "fr"}
    assert all((urlsplit(feed.url).hostname or "").endswith(".example") for feed in feeds)


# -- the truth


def test_the_day_is_large_and_varied_enough() -> None:
    truth = load_truth()
    assert len(truth) == len({page.url for page in truth}) >= 100
    assert len({page.outlet for page in truth}) >= 12
    languages = Counter(page.language for page in truth)
    assert all(languages[language] >= 3 for language in ("en", "de", "es", "ja", "fr"))
    assert {page.verdict for page in truth} == {*Verdict, None}
    assert {page.credit for page in truth} == {*Role, None}
    assert {page.relation for page in truth} == {*Relation, None}


def test_every_page_of_the_day_is_listed() -> None:
    assert {page.url for page in load_truth()} == {page.url for page in read_pages(2)}


def test_a_group_has_one_first_page_which_is_the_oldest() -> None:
    pages = sorted(load_truth(), key=lambda page: page.group or "")
    for group, members in itertools.groupby((p for p in pages if p.group), lambda p: p.group):
        rows = list(members)
        assert len(rows) >= 2, group
        assert [row.relation for row in rows].count(Relation.FIRST) == 1, group
        assert len({row.language for row in rows}) == 1, group
        assert len({row.outlet for row in rows}) == len(rows), group
    oldest: dict[str, Page] = {}
    for page in read_pages(2):
        if page.group:
            oldest.setdefault(page.group, page)
    assert {page.relation for page in oldest.values()} == {"first"}


def test_the_ferry_is_told_by_nine_outlets() -> None:
    truth = [page for page in load_truth() if page.group == "ferry"]
    assert len(truth) == 7
    assert {page.credit for page in truth} == {Role.OWN, Role.ORIGIN, Role.INFERRED}
    own = [page for page in read_pages(1) if page.story == "ferry" and not page.group]
    assert {page.outlet.key: page.credit for page in own} == {"skerry": "mention", "quorum": None}
    quote = "Nobody was left behind and nobody was lost"
    assert all(quote in text_of(page) for page in own)
    assert [page.outlet.key for page in own if "told CPA" in text_of(page)] == ["skerry"]


def test_a_canonical_elsewhere_names_a_page_of_the_agency() -> None:
    (page,) = (page for page in read_pages(1) if page.canonical)
    assert page.canonical in {row.url for row in load_truth()}
    assert page.canonical.encode() in render_page(page)


# -- the texts


def text_of(page: Page) -> str:
    return "\n".join(block.text for block in page.blocks if block.kind != "promo")


def grams(page: Page) -> frozenset[tuple[str, ...]]:
    """Runs of five words, or of five characters where there are no spaces."""
    folded = re.sub(r"['’]", "", text_of(page).casefold())
    units = re.findall(r"\w" if page.language == "ja" else r"\w+", folded)
    return frozenset(tuple(units[at : at + 5]) for at in range(len(units) - 4))


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Page, Page, float]]:
    """Pairs of one language with the share of the smaller text found in the larger."""
    texts = [(page, grams(page)) for page in read_pages(2) if page.verdict == "good"]
    return [
        (a, b, len(one & two) / min(len(one), len(two)))
        for (a, one), (b, two) in itertools.combinations(texts, 2)
        if a.language == b.language
    ]


def test_copies_hold_what_their_edit_says(pairs: list[tuple[Page, Page, float]]) -> None:
    floors = {
        "word for word": 0.93,
        "shortened": 0.85,
        "lightly edited": 0.7,
        "added reporting": 0.6,
        "merged": 0.6,
        "rewritten": 0.45,
    }
    seen = set()
    for a, b, contained in pairs:
        if a.group and a.group == b.group and a.relation == "first":
            seen.add(b.relation)
            assert contained >= floors[str(b.relation)], (b.url, contained)
            if b.relation == "rewritten":
                assert contained < 0.65, (b.url, contained)
    assert seen == floors.keys()


def test_other_stories_share_little(pairs: list[tuple[Page, Page, float]]) -> None:
    # A follow-up that recycles background, and a merged page against its second source.
    recycled = {frozenset({"ferry", "ferry-probe"}), frozenset({"rates", "trade"})}
    strangers = [row for row in pairs if not row[0].group or row[0].group != row[1].group]
    for a, b, contained in strangers:
        if a.story == b.story == "weather":
            continue
        bound = 0.3 if {a.group, b.group} in recycled else 0.15
        assert contained < bound, (a.url, b.url, contained)


def test_weather_pages_are_a_trap(pairs: list[tuple[Page, Page, float]]) -> None:
    shares = [c for a, b, c in pairs if a.story == b.story == "weather"]
    assert len({page.url for page in read_pages(1) if page.story == "weather"}) >= 8
    assert max(shares) > 0.6
    assert min(shares) > 0.3


def test_promos_recur_within_an_outlet_and_change_from_page_to_page() -> None:
    promos: dict[str, list[str]] = {}
    for page in read_pages(1):
        promos.setdefault(page.outlet.key, []).extend(
            block.text for block in page.blocks if block.kind == "promo"
        )
    for key in ("ledger", "tramline", "fellgate"):
        assert len(promos[key]) > len(set(promos[key])) >= 3, key


# -- the pages, read as a stranger would


@pytest.fixture(scope="module")
def extracted() -> dict[str, str]:
    import trafilatura

    found = {}
    for page in read_pages(2):
        if page.kind != "missing":
            markup = documents(2)[address(page.url)].body.decode()
            document = trafilatura.bare_extraction(markup, url=page.url)
            found[page.url] = (document.text or "") if document else ""
    return found


def test_every_paragraph_of_an_article_can_be_extracted(extracted: dict[str, str]) -> None:
    for page in read_pages(2):
        if page.verdict == "good":
            lost = [block.text for block in page.blocks if block.text not in extracted[page.url]]
            assert not lost, (page.url, lost)


def test_furniture_stays_out_of_the_articles(extracted: dict[str, str]) -> None:
    for page in read_pages(2):
        if page.verdict == "good":
            text = extracted[page.url]
            own = text_of(page) + page.headline
            for stray in ("cookie", "Cookie", "クッキー", "Accept all", "Privacy"):
                assert stray not in text or stray in own, (page.url, stray)
            assert page.photo_credit == "" or page.photo not in text, page.url


def test_walls_and_empty_pages_look_as_real_ones_do(extracted: dict[str, str]) -> None:
    kinds: dict[str, list[str]] = {}
    for page in read_pages(1):
        if page.kind != "missing":
            kinds.setdefault(page.kind, []).append(extracted[page.url])
    assert len(kinds["consent"]) == 4
    assert len(set(kinds["consent"])) == 1
    assert 80 <= len(kinds["consent"][0].split()) <= 110
    assert all(30 <= len(text.split()) <= 80 for text in kinds["paywall"])
    assert kinds["empty"] == [""]
    assert all(len(text.split()) < 40 for text in kinds["video"])
    (missing,) = (page for page in read_pages(1) if page.kind == "missing")
    assert address(missing.url) not in documents(1)
    with pytest.raises(ValueError, match="404"):
        render_page(missing)


def test_credits_stand_where_desks_put_them() -> None:
    html = {
        (page.outlet.key, page.story): render_page(page).decode()
        for page in read_pages(1)
        if page.credit in ("own", "origin")
    }
    assert '"author": [{"@type": "Organization", "name": "CPA"}]' in html["prairie", "rates"]
    assert '<meta name="author" content="CPA">' in html["ledger", "prize"]
    assert "By CPA" in html["tramline", "ferry"]
    assert "LINDHOLM, Nov 20 (CPA) - " in html["tramline", "ferry"]
    assert "<p>(CPA)</p>" in html["brisk", "rail"]
    assert '<div class="source">Source: CPA</div>' in html["fellgate", "chess"]
    assert "20 nov (CPA).- " in html["gaceta", "terremoto-es"]
    assert "Lindholm (CPA) - " in html["bote", "ferry-de"]
    assert "【リンドホルム20日CPA】" in html["shiomi", "ferry-ja"]
    assert "（CPA）" in html["kitahama", "tunnel-ja"]


def test_uncredited_copies_do_not_name_the_agency_but_in_photo_credits() -> None:
    for page in read_pages(2):
        if page.credit == "inferred":
            markup = re.sub(r"<figure.*?</figure>", "", render_page(page).decode(), flags=re.S)
            assert "CPA" not in markup, page.url


# -- the desk


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("@9", "no paragraphs"),
        ("@2-1", "no paragraphs"),
        ("@x", "not an instruction"),
        ("@1 | absent => word", "fits 0"),
        ("@1-2 | sea => lake", "fits 2"),
        ("@1 | no arrow", "fits 0"),
    ],
)
def test_an_edit_that_does_nothing_is_refused(body: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        edit_body(body, story="s", bases={"s": ("By the sea.", "At sea.")})


def test_house_style_touches_what_was_taken_and_not_what_was_written() -> None:
    blocks = edit_body(
        "@1 | cent => cent,\nSix per cent.\n## Next\n@other:1",
        story="s",
        bases={"s": ("Five per cent rose.",), "other": ("Two per cent.",)},
        style=(("per cent", "percent"),),
    )
    assert [block.text for block in blocks] == [
        "Five percent, rose.", "Six per cent.", "Next", "Two percent.",
    ]  # fmt: skip
    assert [block.kind for block in blocks] == ["p", "p", "h2", "p"]


def test_quotation_marks_are_curled_by_their_place() -> None:
    assert curl('"It\'s \'fine\'," she said. ("Yes.")') == "“It’s ‘fine’,” she said. (“Yes.”)"
