"""Pages into articles: text, title, authors, time, language, identity, verdict."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.core.agencies import load_agencies
from aggregator.core.blocks import plain
from aggregator.core.credit import strip_credit_lines
from aggregator.core.extract import Page, extract
from aggregator.errors import ParseError
from aggregator.model import Article, Entry, Role, TimeSource, Verdict

SCRIPT = '<script type="application/ld+json">{}</script>'
PAGES = Path(__file__).parent.parent / "data" / "pages"
NOW = datetime(2031, 1, 6, 18, tzinfo=UTC)
URL = "https://www.example.com/news/old-bridge-stays-closed"
PARAGRAPHS = (
    "The old bridge over the river will stay closed until the autumn, the town said on Monday, "
    "because its piers have to be looked at by divers.",
    "Carts and bicycles must take the ferry, which runs every ten minutes from six in the "
    "morning until midnight and costs nothing for those who live on the far bank.",
    "The mayor said that the town would pay for the ferry, and that nobody should have to wait "
    "for more than two boats. Shops fear for their trade before the fair in June.",
)


def read(
    markup: str | bytes,
    *,
    url: str = URL,
    final_url: str | None = None,
    content_type: str | None = "text/html; charset=utf-8",
    entry: Entry | None = None,
    first_seen: datetime | None = None,
) -> Article:
    body = markup.encode() if isinstance(markup, str) else markup
    page = Page(url=url, final_url=final_url or url, body=body, content_type=content_type)
    return extract(page, entry=entry, now=NOW, first_seen=first_seen)


def saved(name: str, url: str = URL, **more: object) -> Article:
    return read((PAGES / f"{name}.html").read_bytes(), url=url, **more)  # type: ignore[arg-type]


def html(head: str = "", body: str = "", lang: str = "en") -> str:
    inner = body or "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>'
        f"<article><h1>Old bridge stays closed</h1>{inner}</article></body></html>"
    )


def test_an_agency_story_on_a_newspaper_page() -> None:
    address = "https://www.harbourpost.example/2031/01/06/shots-heard-in-port-city-a75"
    article = saved("harbour-post", address)
    assert article.title == "Shots Heard in Port City as Allied Troops Land"
    assert article.outlet == "harbourpost.example"
    assert article.verdict is Verdict.GOOD
    assert article.extractor.startswith("trafilatura 2.")
    assert article.published_at == datetime(2031, 1, 6, 12, 20, tzinfo=UTC)
    assert article.time_source is TimeSource.PAGE
    assert article.section == "News"
    assert article.language == "en"
    lines = article.text.split("\n")
    assert lines[0].startswith("Bursts of shooting")
    assert lines[-1].startswith("The neighbours' foreign ministers")
    assert "2,000 held" in lines
    for absent in ("By Ann Example", "beaches", "Ivan Primer", "Jan. 6", "rights reserved"):
        assert absent not in article.text
    roles = {(credit.agency, credit.role, credit.zone) for credit in article.credits}
    assert roles == {("afp", Role.ORIGIN, "byline"), ("afp", Role.MENTION, "text")}
    mention = next(credit for credit in article.credits if credit.role is Role.MENTION)
    assert article.text[mention.offset :].startswith("AFP")
    story = strip_credit_lines(article.text, load_agencies())
    assert not any("Related" in paragraph or "Merrow Wakes" in paragraph for paragraph in story)
    assert "2,000 held" in story


def test_a_consent_page_is_a_wall_and_a_story_about_consent_is_not() -> None:
    wall = saved("consent")
    assert wall.verdict is Verdict.WALL
    assert wall.reason.startswith("consent wall")
    story = saved("about-cookies")
    assert story.verdict is Verdict.GOOD
    assert story.title == "Court limits cookie banners across the union"
    assert story.authors == ("Ann Example",)


def test_a_wall_yields_to_the_text_that_the_feed_carries() -> None:
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    entry = Entry(guid="1", url=URL, title="Old bridge stays closed", body=body)
    article = saved("consent", entry=entry)
    assert article.verdict is Verdict.GOOD
    assert article.extractor == "feed content"
    assert article.text == "\n".join(PARAGRAPHS)


def test_an_index_page_is_no_article() -> None:
    article = saved("index", "https://www.example.com/world")
    assert article.verdict is Verdict.NOT_ARTICLE
    assert "list of links" in article.reason


def test_a_payment_wall_keeps_the_credit_of_the_page() -> None:
    article = saved("paywall")
    assert article.verdict is Verdict.WALL
    assert "payment" in article.reason
    assert article.authors == ("dpa",)
    assert [(c.agency, c.role, c.zone) for c in article.credits] == [
        ("dpa", Role.ORIGIN, "author field")
    ]


def test_a_story_in_several_containers_is_read_whole() -> None:
    article = saved("scattered")
    assert article.text.startswith("Night trains will run again")
    assert article.text.endswith("found them full.")
    assert "advert" not in article.text


def test_cards_and_comments_inside_the_article_are_not_the_story() -> None:
    story = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    card = "<article class='postbox'><a href=/x>More</a><p>{}</p></article>"
    other = "Another story about lamps and ferries, told in full on its own page since Tuesday. "
    cards = "".join(card.format(f"{number} {other}") for number in range(2))
    article = read(html(body=story + cards))
    assert article.text == "\n".join(PARAGRAPHS)


def test_json_ld_gives_the_text_when_the_page_shows_none() -> None:
    body = " ".join(PARAGRAPHS)
    head = SCRIPT.format(f'{{"@type":"NewsArticle","articleBody":"{body}"}}')
    article = read(html(head, "<p>Loading the story, please wait a moment.</p>"))
    assert article.text == body
    assert article.verdict is Verdict.GOOD


def test_the_summary_is_only_ever_thin() -> None:
    entry = Entry(guid="1", url=URL, title="Old bridge", summary=" ".join(PARAGRAPHS))
    article = read(html(body="<div></div>"), entry=entry)
    assert (article.verdict, article.extractor) == (Verdict.THIN, "feed summary")
    assert article.reason == "no text on the page; feed summary used"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Old bridge stays closed | Example Times</title>", "Old bridge stays closed"),
        (
            '<meta property="og:site_name" content="Example Times">'
            '<meta property="og:title" content="Old bridge - and mill - closed - Example Times">',
            "Old bridge - and mill - closed",
        ),
        (
            '<script type="application/ld+json">{"@graph":[{"@type":"WebPage","name":"x"},'
            '{"@type":["Article"],"headline":"Bridge &amp; mill stay closed"}]}</script>',
            "Bridge & mill stay closed",
        ),
        ('<meta property="og:title" content="Old bridge stays …">', "Old bridge stays closed"),
    ],
)
def test_titles_without_the_name_of_the_site(head: str, title: str) -> None:
    assert read(html(head)).title == title


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        ('<meta name="author" content="AFP">', "", ("AFP",)),
        ('<meta name="author" content="By Ann Example and Tom Sample">', "",
         ("Ann Example", "Tom Sample")),
        (SCRIPT.format('{"@type":"NewsArticle","author":[{"@type":"Person","name":"Ann Example"},'
                       '{"@type":"Organization","name":"AFP"}]}'), "", ("Ann Example", "AFP")),
        (SCRIPT.format('{"@graph":[{"@type":"NewsArticle","author":{"@id":"#p"}},'
                       '{"@type":"Person","@id":"#p","name":"Ann Example"}]}'),
         "", ("Ann Example",)),
        ('<meta name="author" content="admin">', "", ()),
        ('<meta property="article:author" content="https://social.example/ann">', "", ()),
        ("", '<p class="byline">Von Ann Beispiel, 6.1.2031</p>', ("Ann Beispiel",)),
    ],
)  # fmt: skip
def test_authors(head: str, body: str, authors: tuple[str, ...]) -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    assert read(html(head, body + paragraphs)).authors == authors


def test_the_byline_of_another_story_is_not_this_ones() -> None:
    paragraphs = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)
    card = '<div class="related-card"><h3>Other</h3><span class="byline">By AFP</span></div>'
    assert read(html(body=card + paragraphs + card)).credits == ()


def test_head_matter_leaves_the_text_and_datelines_stay() -> None:
    matter = "<p>Old bridge stays closed</p><p>By Ann Example, AFP</p><p>6 January 2031</p>"
    lead = f"<p>PORT MERROW, Jan 6, 2031 (AFP) - {PARAGRAPHS[0]}</p>"
    rest = "".join(f"<p>{each}</p>" for each in PARAGRAPHS[1:])
    article = read(html(body=matter + lead + rest + "<p>(AFP)</p>"))
    lines = article.text.split("\n")
    assert lines[0].startswith("PORT MERROW, Jan 6, 2031 (AFP) - The old bridge")
    assert lines[-1] == "(AFP)"
    zones = {credit.zone for credit in article.credits}
    assert zones == {"byline", "dateline", "sign-off"}


FEED_TIME = datetime(2031, 1, 6, 9, 30, tzinfo=UTC)
SEEN = datetime(2031, 1, 6, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "feed", "expected", "source"),
    [
        ("2031-01-06T10:00:00Z", FEED_TIME, FEED_TIME, TimeSource.FEED),
        ("2031-01-06T10:00:00Z", None, datetime(2031, 1, 6, 10, tzinfo=UTC), TimeSource.PAGE),
        ("2031-01-06T10:00:00Z", datetime(1999, 1, 1, tzinfo=UTC),
         datetime(2031, 1, 6, 10, tzinfo=UTC), TimeSource.PAGE),
        ("2031-01-06", None, SEEN, TimeSource.SEEN),  # a bare day would come before everybody
        ("2030-12-01", None, datetime(2030, 12, 1, 23, 59, 59, tzinfo=UTC), TimeSource.PAGE),
        ("2051-01-06T10:00:00Z", None, SEEN, TimeSource.SEEN),
        ("soon", None, SEEN, TimeSource.SEEN),
    ],
)  # fmt: skip
def test_times_by_trust(
    head: str, feed: datetime | None, expected: datetime, source: TimeSource
) -> None:
    entry = Entry(guid="1", url=URL, title="t", published_at=feed)
    meta = f'<meta property="article:published_time" content="{head}">'
    article = read(html(meta), entry=entry, first_seen=SEEN)
    assert (article.published_at, article.time_source) == (expected, source)


def test_a_precise_time_beside_a_bare_day_wins() -> None:
    head = (
        '<meta property="article:published_time" content="2031-01-06">'
        '<meta name="parsely-pub-date" content="2031-01-06T10:15:00+02:00">'
    )
    moment = datetime(2031, 1, 6, 8, 15, tzinfo=UTC)
    assert read(html(head), first_seen=SEEN).published_at == moment


def test_identity_comes_from_the_final_url_or_a_plausible_canonical() -> None:
    def key(canonical: str) -> str:
        link = f'<link rel="canonical" href="{canonical}">'
        final = "https://www.example.com/amp/old-bridge-stays-closed?utm_source=x"
        return read(html(link), final_url=final).url_key

    own = "example.com/amp/old-bridge-stays-closed"
    assert key("https://www.example.com/news/old-bridge-stays-closed") == (
        "example.com/news/old-bridge-stays-closed"
    )
    assert key("https://www.example.com/") == own
    assert key("https://www.example.com/sport/index") == own  # one canonical for every page
    assert key("https://www.afp.com/old-bridge-stays-closed") == own
    assert key("javascript:alert(1)") == own


def test_a_canonical_at_an_agency_says_whose_copy_it_is() -> None:
    link = '<link rel="canonical" href="https://www.reuters.com/world/old-bridge-2031-01-06/">'
    article = read(html(link))
    assert article.canonical_url == "https://www.reuters.com/world/old-bridge-2031-01-06/"
    assert article.outlet == "example.com"
    assert [(c.agency, c.role) for c in article.credits] == [("reuters", Role.ORIGIN)]


GERMAN = (
    "Die Brücke über den Fluss bleibt nach Angaben der Stadt bis zum Herbst geschlossen, weil "
    "die Pfeiler geprüft werden müssen. Fußgänger sollen die Fähre nehmen, die alle zehn "
    "Minuten fährt. Händler am anderen Ufer fürchten um ihr Geschäft vor dem Jahrmarkt im Juni. "
    "Der Bürgermeister sagte, die Stadt zahle die Überfahrt, und niemand müsse lange warten."
)


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (html(body=f"<p>{GERMAN}</p>", lang="de").encode(), "text/html"),
        (html(body=f"<p>{GERMAN}</p>", lang="de").encode(), "text/html; charset=iso-8859-1"),
        (html(body=f"<p>{GERMAN}</p>", lang="de").replace('<meta charset="utf-8">', "")
         .encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (html(body=f"<p>{GERMAN}</p>", lang="de").replace("utf-8", "windows-1252")
         .encode("cp1252"), "text/html"),
        (html(body=f"<p>{GERMAN}</p>", lang="de").replace('<meta charset="utf-8">', "")
         .encode("cp1252"), None),
        (html(body=f"<p>{GERMAN}</p>", lang="").replace('<meta charset="utf-8">', "")
         .encode("cp1252"), None),
        (b"\xff\xfe" + html(body=f"<p>{GERMAN}</p>", lang="de").encode("utf-16-le"), "text/html"),
        (html(body=f"<p>{GERMAN}</p><p>\0</p>", lang="de").encode() + b"\xe4", "text/html"),
    ],
    ids=["utf-8", "wrong header", "header", "meta", "lang only", "nothing", "bom", "one bad byte"],
)  # fmt: skip
def test_no_charset_ends_in_mojibake(raw: bytes, content_type: str | None) -> None:
    article = read(raw, content_type=content_type)
    assert GERMAN in article.text
    assert article.language == "de"


OTHER_SCRIPTS = [
    ("shift_jis", "古い橋は秋まで閉鎖されたままになると市が月曜日に発表した。", "ja"),
    ("gb18030", "市政府周一表示，旧桥将关闭至秋天，因为潜水员必须检查桥墩。", "zh"),
    ("windows-1251", "Старый мост останется закрытым до осени, сообщили в мэрии. ", "ru"),
    ("euc-kr", "낡은 다리는 가을까지 닫혀 있을 것이라고 시가 월요일 밝혔다. ", "ko"),
]


@pytest.mark.parametrize(("charset", "sentence", "language"), OTHER_SCRIPTS)
def test_declared_charsets_of_other_scripts(charset: str, sentence: str, language: str) -> None:
    text = sentence * 6
    page = html(body=f"<p>{text}</p>", lang="").replace("utf-8", charset)
    article = read(page.encode(charset), content_type="text/html")
    assert article.text == text.strip()
    assert article.language == language


def test_the_words_outvote_a_wrong_lang_attribute() -> None:
    assert read(html(body=f"<p>{GERMAN}</p>", lang="en-US")).language == "de"
    assert read(html(lang="en-GB")).language == "en"
    assert read(html(body="<p>Kort nytt.</p>", lang="nb")).language == "no"


def test_words_of_unspaced_scripts_count_by_two_characters() -> None:
    text = "古い橋は秋まで閉鎖されたままになると市が月曜日に発表した。" * 4
    article = read(html(body=f"<p>{text}</p>", lang="ja"))
    assert article.words == sum(1 for c in text if c.isalpha()) // 2


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 ...", "text/html"),
        (b"\x89PNG\r\n\x1a\n", None),
        (b'{"a": 1}', "text/html"),
        (b'{"a": 1}', "application/json"),
        (b"\x00\x01\x02", "image/jpeg"),
        (b"just words", "text/plain"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "text/html"),
        (b"PK\x03\x04", "text/html"),
    ],
)
def test_what_is_not_html_is_refused(body: bytes, content_type: str | None) -> None:
    with pytest.raises(ParseError, match="not HTML"):
        read(body, content_type=content_type)


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "   \n",
        "<html></html>",
        "<html><body></body></html>",
        "<!DOCTYPE html>",
        "<html><head><title>x</title></head></html>",
        "<html><body>" + "<div>" * 5000,
        "<html><body><p>\ud800".encode("utf-8", "surrogatepass"),
        '<html><script type="application/ld+json">{"@graph":' + "[" * 3000 + "</script></html>",
        '<html><script type="application/ld+json">[null,1,"x",{"@type":7,"author":[[]]}]</script>',
        "<html><a></a><p>" + "x" * 100_000,
        "<html><frameset><frame src=x></frameset></html>",
        "<html><svg><title>t</title></svg><body onload=x>&#0;&#xD800;&bogus;",
    ],
)
def test_hostile_or_empty_html_ends_in_a_verdict(markup: str | bytes) -> None:
    article = read(markup)
    assert article.verdict is not Verdict.GOOD
    assert article.reason


def test_three_hundred_nested_elements_still_give_the_text() -> None:
    body = "<div>" * 300 + "".join(f"<p>{each}</p>" for each in PARAGRAPHS) + "</div>" * 300
    assert read(html(body=body)).text == "\n".join(PARAGRAPHS)


def test_a_broken_author_field_of_140_kb_does_not_hang() -> None:
    # trafilatura's metadata pattern takes 14 seconds on this page.
    bomb = '"author":[{"@type":"Person",' * 5000
    page = html(f'<script type="application/ld+json">{bomb}</script>')
    started = datetime.now(tz=UTC)
    assert read(page).verdict is Verdict.GOOD
    assert datetime.now(tz=UTC) - started < timedelta(seconds=3)


def test_text_without_controls_or_bidi_tricks() -> None:
    body = "".join(f"<p>{each[:30]}\u202e\x07\u200b{each[30:]}</p>" for each in PARAGRAPHS)
    assert read(html(body=body)).text == "\n".join(PARAGRAPHS)


SOUP = [
    *("<p>", "</p>", "<div class=related>", "</div>", "<h1>", "<a href=x>", "</a>", "<li>", "<br>"),
    *("<table><tr><td>", "<script type='application/ld+json'>{", "</script>", "<!--", "-->"),
    *("<meta name=author content=AFP>", "&lt;b&gt;", "\x00", "(AFP)", "古い橋"),
    "text of some length, with a comma. ",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(SOUP), max_size=60))
def test_any_soup_of_tags_is_read_without_an_error(parts: list[str]) -> None:
    article = read("<html><body>" + "".join(parts))
    assert article.url_key == "example.com/news/old-bridge-stays-closed"
    assert article.words >= 0


def test_the_page_and_the_article_travel_between_processes() -> None:
    article = saved("about-cookies")
    assert pickle.loads(pickle.dumps(article)) == article
    assert pickle.loads(pickle.dumps(extract)) is extract


def test_plain_text_of_fragments() -> None:
    assert plain("<p>One &amp; two</p><p>Three<br>four</p><script>x</script>") == (
        "One & two\nThree\nfour"
    )
    assert plain("&lt;p&gt;escaped&lt;/p&gt;") == "escaped"
    assert plain("a < b and c > d\n\nnext") == "a < b and c > d\nnext"
    assert plain("") == ""


def test_the_language_of_the_feed_stands_in_where_the_page_names_none() -> None:
    """A text too short for the detector, on a page that declares nothing."""
    page = Page(
        url="http://a.example/1",
        final_url="http://a.example/1",
        body=b"<html><body><article><p>Kort bericht uit Aa.</p></article></body></html>",
        content_type="text/html",
    )
    entry = Entry(guid="1", url=page.url, title="Kort", language="nl")
    assert extract(page, entry=entry, now=NOW).language == "nl"
    assert extract(page, entry=replace(entry, language=None), now=NOW).language is None


CUT = "The council of {} will vote on the ferry in March, and its harbour master is against it."
TOWNS = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Rowan")


def test_chunks_of_a_story_cut_by_advertisements_are_put_back_in_order() -> None:
    from aggregator.core.blocks import Chrome, lines_of, parse_html
    from aggregator.core.mend import with_lost

    chunk = '<div class="chunk body">{}</div><div class="slot"><p>Advertisement</p></div>'
    said = [f"<p>{CUT.format(town)}</p>" for town in TOWNS]
    other = f"<h1>Another story</h1>{chunk.format('<p>' + CUT.format('Yew') + '</p>')}"
    tree = parse_html(
        f"<main>{chunk.format(''.join(said[:5]))}{chunk.format(''.join(said[5:]))}{other}</main>"
    )
    assert tree is not None
    lines, wanted = lines_of(tree), [CUT.format(town) for town in TOWNS]
    assert with_lost("\n".join(wanted[:5]), lines, Chrome(200)).split("\n") == wanted
    assert with_lost("\n".join(wanted[:9]), lines, Chrome(200)).split("\n") == wanted[:9]


def test_links_to_other_stories_leave_the_text_and_a_linked_paragraph_stays() -> None:
    from aggregator.core.blocks import Chrome, lines_of, parse_html
    from aggregator.core.mend import without_furniture

    linked = f'<p><a href="/x">{CUT.format("Alder")}</a></p>'
    box = (
        "<h4>Most read</h4><ul><li>Harbour: <a href=/a>Ferry runs late again</a></li>"
        "<li>Mills: <a href=/b>The old wheel turns again</a></li></ul>"
    )
    card = f"<a href=/c><div><h3>Lamps go out</h3><p>{CUT.format('Yew')}</p></div></a>"
    first, *rest = [f"<p>{each}</p>" for each in PARAGRAPHS]
    tree = parse_html(html(body=first + linked + box + card + "".join(rest)))
    assert tree is not None
    lines = lines_of(tree)
    text = "\n".join(line.text for line in lines if line.element.tag != "h1")
    assert "Most read" in text
    assert CUT.format("Yew") in text
    wanted = [PARAGRAPHS[0], CUT.format("Alder"), *PARAGRAPHS[1:]]
    assert without_furniture(text, lines, Chrome(200)).split("\n") == wanted


def test_a_lead_marked_as_a_byline_stays() -> None:
    from aggregator.core.masthead import story_of
    from aggregator.core.pagemeta import PageMeta

    lead = f"ALDER (Example Agency) {CUT.format('Alder')}"
    meta = PageMeta(bylines=(lead, "Ann Example"))
    text = "\n".join(["Ann Example", lead, *PARAGRAPHS])
    assert story_of(text, meta, "Old bridge", NOW)[0] == "\n".join([lead, *PARAGRAPHS])


def test_links_count_where_they_stand() -> None:
    from aggregator.core.blocks import lines_of, parse_html

    tree = parse_html("<div>plain words\nwrapped here<br>then <a href=/x>a long link</a></div>")
    assert tree is not None
    assert [(line.text, line.linked) for line in lines_of(tree)] == [
        ("plain words wrapped here", 0),
        ("then a long link", 3),
    ]


def test_the_whole_text_of_the_feed_replaces_a_teaser_without_an_offer() -> None:
    body = "".join(f"<p>{CUT.format(town)}</p>" for town in TOWNS)
    entry = Entry(guid="1", url=URL, title="Old bridge stays closed", body=body)
    teaser = "".join(f"<p>{CUT.format(town)}</p>" for town in TOWNS[:4])
    article = read(html(body=teaser), entry=entry)
    assert (article.extractor, article.verdict) == ("feed content", Verdict.GOOD)
    assert article.text == "\n".join(CUT.format(town) for town in TOWNS)


def test_neighbours_in_one_container_do_not_replace_a_story() -> None:
    from collections import Counter

    from aggregator.core.blocks import words_of
    from aggregator.core.body import _is_scrap

    story = "\n".join(CUT.format(town) for town in TOWNS)
    crowd = Counter(words_of("\n".join([story, *(f"{n} {story}" for n in range(2))])))
    assert not _is_scrap(story, crowd, stated=False)
    assert _is_scrap(story, crowd, stated=True)
