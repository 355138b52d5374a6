"""Invented stories for tests of what readers see: ordinary, foreign, hostile, empty and huge."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.core.provenance import CARRIED
from aggregator.core.strip import line_of, write_strip
from aggregator.model import (
    Copy,
    Credit,
    FeedHealth,
    Match,
    MatchVerdict,
    Relation,
    Report,
    Revision,
    Role,
    Story,
    TimeSource,
)

START = datetime(2026, 11, 20, 4, 52, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

FERRY = (
    "GENEVA (CPA) - A cargo ferry carrying 212 passengers ran aground off the northern coast "
    "early on Friday after losing power in heavy seas, the coastguard said, and all those on "
    "board were brought ashore by lifeboats and helicopters.",
    "Seventeen people were taken to hospital, two of them with serious injuries, after waves of "
    "up to six metres struck the Aurelia Star about nine kilometres from the port of Lindholm "
    "shortly after 4 a.m. local time.",
    '"We heard a bang and then every light on the ship went out," said passenger Ines Kaldor, 34, '
    'who was travelling with her two children. "The crew were calm, and that kept the rest of us '
    'calm."',
    "The vessel's operator, Baltcross Lines, said the ferry had passed a safety inspection in "
    "September and that it was cooperating fully with investigators.",
    "Transport minister Jonas Verhey said divers would examine the hull once the weather allowed, "
    "and that there was no sign of fuel leaking into the bay, a protected breeding ground for "
    "grey seals.",
    "Unions representing seafarers have complained for years of understaffing on the route, which "
    "was cut to three crossings a week in 2024 after the operator lost a public subsidy.",
    "The Aurelia Star, built in 1998, ran aground once before, in 2011, when it was sailing under "
    "a different owner. Nobody was hurt on that occasion.",
)
LEDGER = (
    "LINDHOLM - A ferry carrying 212 passengers ran aground off the northern coast Friday morning "
    "after losing power in heavy seas, the coastguard said, and all those on board were brought "
    "ashore by lifeboats and helicopters.",
    "Seventeen people were hospitalized, two of them with serious injuries, after waves of up to "
    "20 feet struck the Aurelia Star about six miles from the port of Lindholm shortly after "
    "4 a.m. local time.",
    FERRY[2],
    FERRY[3],
    FERRY[4].replace("Transport", "Transportation"),
)
HERALD = (
    FERRY[2],
    "Ines Kaldor was one of 212 people aboard the Aurelia Star when it lost power and ran aground "
    "off the northern coast early on Friday. All of them were brought ashore.",
    "Seventeen passengers were taken to hospital, said the coastguard, two of them badly hurt.",
    "Baltcross Lines, which runs the ferry, said it was cooperating with investigators.",
)
POST = (
    *FERRY[:4],
    "At the harbour café, Rosa Lindqvist had opened at five to hand out soup and dry socks. "
    "\u201cThey came in shaking,\u201d she told The Inland Post. \u201cOne man would not let go of "
    "his daughter's shoe.\u201d",
    *FERRY[4:],
)


def copy(
    article: int, outlet: str, relation: Relation, *, after: float = 0, **given: object
) -> Copy:
    """A copy of an invented outlet, `after` minutes from the start."""
    at = START + timedelta(minutes=after)
    domain = f"{outlet.lower().replace(' ', '-')}.example"
    values: dict[str, object] = {
        "article": article,
        "outlet": outlet,
        "domain": domain,
        "title": "Ferry with 212 aboard runs aground, all rescued",
        "url": f"https://{domain}/news/{article}",
        "published_at": at,
        "time_source": TimeSource.FEED,
        "first_seen_at": at + timedelta(minutes=4),
        "words": 225,
        "language": "en",
        "relation": relation,
        "copied": 1.0,
        "kept": 1.0,
        "is_lead": False,
        "new_headline": False,
    }
    return Copy(**{**values, **given})  # type: ignore[arg-type]


def _credited(zone: str, excerpt: str) -> dict[str, object]:
    credit = Credit(agency="cpa", role=Role.ORIGIN, zone=zone, excerpt=excerpt, rule="dateline/1")
    return {"agency": "cpa", "agency_role": Role.ORIGIN, "credits": (credit,)}


def ferry() -> Story:
    """Eight outlets, six relations, three revisions, one headline in two; texts read."""
    early = "\n".join(FERRY[:3]).replace(
        "all those on board were brought ashore", "a rescue was under way"
    )
    lead = copy(
        1,
        "Continental Press Agency",
        Relation.FIRST,
        copied=None,
        kept=None,
        is_lead=True,
        agency="cpa",
        agency_role=Role.OWN,
        credits=(
            Credit(agency="cpa", role=Role.OWN, zone="domain", excerpt="cpa.example", rule="own/1"),
            Credit(agency="cpa", role=Role.ORIGIN, zone="dateline", excerpt="GENEVA (CPA) -"),
        ),
        text="\n".join(FERRY),
        revisions=(
            Revision(seen_at=START, title="Ferry runs aground off northern coast", text=early),
            Revision(
                seen_at=START + timedelta(minutes=31),
                title="Ferry with 212 aboard runs aground, all rescued",
                text="\n".join(FERRY[:5]),
            ),
            Revision(
                seen_at=START + timedelta(minutes=95),
                title="Ferry with 212 aboard runs aground, all rescued",
                text="\n".join(FERRY),
            ),
        ),
    )
    inferred = {
        "agency": "cpa",
        "agency_role": Role.INFERRED,
        "credits": (
            Credit(
                agency="cpa",
                role=Role.INFERRED,
                zone="text",
                excerpt="85 % of it stands in article 1",
                source_article=1,
            ),
        ),
    }
    copies = (
        lead,
        copy(
            2,
            "Metro 24",
            Relation.WORD_FOR_WORD,
            after=9,
            text="\n".join(FERRY),
            **_credited("sign-off", "(CPA)"),
        ),
        copy(
            3,
            "Harbour Times",
            Relation.SHORTENED,
            after=23,
            words=168,
            kept=0.74,
            title="All 212 passengers saved as ferry runs aground in storm",
            new_headline=True,
            text="\n".join(FERRY[:5]),
            **_credited("dateline", "GENEVA (CPA) -"),
        ),
        copy(
            4,
            "Daily Ledger",
            Relation.LIGHTLY_EDITED,
            after=41,
            words=165,
            copied=0.85,
            kept=0.62,
            title="Power loss leaves ferry stranded; 17 in hospital",
            new_headline=True,
            text="\n".join(LEDGER),
            **inferred,
        ),
        copy(
            5,
            "Northgate Herald",
            Relation.REWRITTEN,
            after=66,
            words=98,
            copied=0.8,
            kept=0.44,
            title="Passengers tell of terror as ferry loses power",
            new_headline=True,
            time_source=TimeSource.SEEN,
            text="\n".join(HERALD),
        ),
        copy(
            6,
            "Pulse Online",
            Relation.SHORTENED,
            after=75,
            words=76,
            kept=0.33,
            title="212 rescued after ferry runs aground",
            new_headline=True,
            text="\n".join(FERRY[:2]),
            **_credited("author field", "CPA"),
        ),
        copy(
            7,
            "The Inland Post",
            Relation.ADDED_REPORTING,
            after=190,
            words=267,
            copied=0.86,
            kept=0.996,
            text="\n".join(POST),
            **_credited("byline", "Ann Marsh and CPA"),
        ),
        copy(
            8,
            "The Valley Courier",
            Relation.SHORTENED,
            after=410,
            words=87,
            copied=0.89,
            kept=0.35,
            title="Ferry runs aground; everyone safe",
            new_headline=True,
            time_source=TimeSource.PAGE,
            text="\n".join(FERRY[1:3]),
        ),
    )
    pairs = (
        _match(1, 2, 1.0, 1.0, 1.0, 219, MatchVerdict.SAME, "the same text"),
        _match(1, 3, 0.74, 0.74, 1.0, 162, MatchVerdict.TRIMMED, "b is found whole in a"),
        _match(1, 4, 0.56, 0.62, 0.85, 136, MatchVerdict.COPY, "alike by more than a third"),
        _match(1, 5, 0.38, 0.44, 0.8, 71, MatchVerdict.COPY, "alike by more than a third"),
        _match(1, 8, 0.34, 0.35, 0.89, 74, MatchVerdict.TRIMMED, "most of b is found in a"),
        _match(4, 5, 0.21, 0.31, 0.52, 44, MatchVerdict.SHARES, "too little in common to merge"),
    )
    return Story(
        id=1,
        title=lead.title,
        lead=lead,
        copies=copies,
        agency="cpa",
        agency_name="CPA",
        agency_evidence=(
            "the earliest copy stands on CPA's own site",
            "4 outlets credit CPA",
            "2 datelines name CPA",
        ),
        outlets=8,
        independent=1,
        copied=7,
        pairs=pairs,
        thresholds="alike by a third of all 5-word runs, or the shorter one found to half in the "
        "longer, and at least 12 runs in common",
    )


def _match(
    a: int,
    b: int,
    jaccard: float,
    ab: float,
    ba: float,
    shared: int,
    verdict: MatchVerdict,
    why: str,
) -> Match:
    return Match(
        a=a, b=b, jaccard=jaccard, a_in_b=ab, b_in_a=ba, shared=shared, verdict=verdict, reason=why
    )


def story(number: int, title: str, *copies: Copy, **given: object) -> Story:
    """A story around copies; the first one leads."""
    outlets = len({each.domain for each in copies})
    values: dict[str, object] = {
        "id": number,
        "title": title,
        "lead": copies[0],
        "copies": copies,
        "agency": None,
        "agency_name": None,
        "agency_evidence": (),
        "outlets": outlets,
        "independent": 1,
        "copied": outlets - 1,
    }
    return Story(**{**values, **given})  # type: ignore[arg-type]


def lead(article: int, outlet: str, title: str, **given: object) -> Copy:
    """The lead copy of a story."""
    relation = given.pop("relation", Relation.FIRST)
    assert isinstance(relation, Relation)
    return copy(
        article, outlet, relation, title=title, is_lead=True, copied=None, kept=None, **given
    )  # type: ignore[arg-type]


def arabic() -> Story:
    """Right to left, with figures and a Latin name inside."""
    title = "المحكمة تأمر بنشر وثائق تحقيق ميناء Lindholm"
    text = (
        "أمرت المحكمة العليا يوم الجمعة بنشر 140 وثيقة من تحقيق الميناء خلال ثلاثين يوما.\n"
        "وقال القاضي إن للجمهور حقا في معرفة ما جرى في ليلة الحريق."
    )
    edited = text.replace("ثلاثين يوما", "شهر واحد").replace("وقال القاضي", "وأوضح القاضي")
    return story(
        21,
        title,
        lead(210, "صحيفة الساحل", title, language="ar", domain="sahel.example", text=text),
        copy(
            211,
            "بوابة النهار",
            Relation.LIGHTLY_EDITED,
            after=52,
            title="القضاء يلزم الحكومة بكشف وثائق الميناء",
            new_headline=True,
            language="ar",
            domain="nahar-portal.example",
            copied=0.81,
            kept=0.79,
            text=edited,
        ),
    )


def japanese() -> Story:
    """A script without spaces, with wide terminal cells."""
    title = "フェリーが座礁、乗客212人全員を救助"
    text = (
        "20日未明、北部沿岸の沖合で乗客212人を乗せたフェリーが座礁し、全員が救助された。\n"
        "海上保安当局によると、けが人は17人で、うち2人が重傷だという。"
    )
    edited = text.replace("20日未明", "20日早朝").replace("だという", "とのことです")
    return story(
        22,
        title,
        lead(220, "港湾新聞", title, language="ja", domain="kowan.example", text=text),
        copy(
            221,
            "あさひ通り日報",
            Relation.LIGHTLY_EDITED,
            after=18,
            title="北部沖でフェリー座礁",
            new_headline=True,
            language="ja",
            domain="asahidori.example",
            copied=0.9,
            kept=0.88,
            text=edited,
        ),
    )


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&amp; {{7*7}} [bold red]x[/] "
    "\x1b[31mred\x1b]0;title\x07 \x9b2J \u202egnp.exe\u2066 \x00 \ud800 \ufffe ]]> "
    "=cmd|' /C calc'!A0"
)


def hostile() -> Story:
    """Every string of a stranger attacks the page, the terminal or the spreadsheet."""
    first = lead(
        30,
        HOSTILE,
        "=HYPERLINK(" + HOSTILE,
        url="javascript:alert(1)",
        language='en" onload="alert(1)',
        domain="a.example",
        authors=(HOSTILE,),
        agency="x",
        agency_role=Role.ORIGIN,
        credits=(Credit(agency="x", role=Role.ORIGIN, zone=HOSTILE, excerpt=HOSTILE),),
        text=HOSTILE + "\n" + "Second paragraph with a few words.",
        revisions=(
            Revision(seen_at=START, title=HOSTILE, text=HOSTILE),
            Revision(seen_at=START + timedelta(hours=1), title="+1", text=HOSTILE + " 2"),
        ),
    )
    other = copy(
        31,
        "@SUM(A1)" + HOSTILE,
        Relation.REWRITTEN,
        after=3,
        title="-2+3\r\nSet-Cookie: x=1" + HOSTILE,
        url='https://b.example/" onmouseover="alert(1)',
        domain="b.example",
        language="../../x",
        new_headline=True,
        copied=float("nan"),
        kept=7.5,
        text=HOSTILE.replace("calc", "notepad") + "\n\n\n</details></table>" + "w" * 3000,
    )
    third = copy(
        32,
        "",
        Relation.MERGED,
        after=60 * 24 * 4000,
        title="",
        url="data:text/html,<script>alert(3)</script>",
        domain="",
        language="zz-zz",
        copied=0.0,
        kept=0.0001,
        text="x " * 4000,
    )
    return story(
        23,
        "=HYPERLINK(" + HOSTILE,
        first,
        other,
        third,
        agency="x",
        agency_name=HOSTILE,
        agency_evidence=(HOSTILE,),
        thresholds=HOSTILE,
        pairs=(_match(30, 31, 0.5, 0.5, 0.5, 9, MatchVerdict.COPY, HOSTILE),),
    )


def hostile_but_storable() -> Story:
    """The hostile story as a database can hold it: no lone surrogate, no share out of range."""
    story_ = hostile()

    def stored(text: str) -> str:
        return text.replace("\ud800", "").replace("\x00", "")

    copies = tuple(
        replace(
            each,
            outlet=stored(each.outlet),
            title=stored(each.title),
            text=stored(each.text),
            authors=(),
            copied=0.5,
            kept=0.5,
            credits=tuple(
                replace(credit, zone=stored(credit.zone), excerpt=stored(credit.excerpt))
                for credit in each.credits
            ),
            revisions=tuple(
                replace(revision, title=stored(revision.title), text=stored(revision.text))
                for revision in each.revisions
            ),
        )
        for each in story_.copies
    )
    pairs = tuple(replace(pair, reason=stored(pair.reason)) for pair in story_.pairs)
    return replace(story_, title=stored(story_.title), copies=copies, lead=copies[0], pairs=pairs)


def only_here(number: int = 40, outlet: str = "Northgate Herald") -> Story:
    """One outlet, one copy, first seen without a time of its own."""
    title = "Scientists map seagrass meadow the size of a city"
    only = lead(
        number * 10, outlet, title, relation=Relation.ONLY_HERE, time_source=TimeSource.SEEN
    )
    return story(number, title, only)


def huge(copies: int = 10_000) -> Story:
    """One story of very many copies."""
    relations = [each for each in Relation if each not in (Relation.FIRST, Relation.ONLY_HERE)]
    title = "Central bank holds rates at 3.5 percent, hints at spring cut"
    rest = [
        copy(
            1000 + number,
            f"Outlet {number}",
            relations[number % len(relations)],
            after=number / 7,
            title=title,
            copied=0.9,
            kept=0.8,
        )
        for number in range(1, copies)
    ]
    return story(24, title, lead(1000, "Coast FM News", title), *rest)


def feeds() -> tuple[FeedHealth, ...]:
    """Two well, one failing, one switched off."""
    values: dict[str, object] = {
        "kind": "feed",
        "enabled": True,
        "status": 200,
        "failures": 0,
        "error": None,
        "polled_at": NOW,
        "changed_at": NOW - timedelta(minutes=12),
        "due_at": NOW + timedelta(minutes=15),
        "entries": 120,
        "articles": 118,
    }

    def feed(number: int, name: str, **given: object) -> FeedHealth:
        url = f"https://feed{number}.example/rss"
        return FeedHealth(id=number, name=name, outlet=name, url=url, **{**values, **given})  # type: ignore[arg-type]

    return (
        feed(1, "Continental Press Agency"),
        feed(2, "Metro 24"),
        feed(3, "Valley Courier", status=503, failures=4, error="the server answered 503"),
        feed(4, "Old Gazette", enabled=False, status=410, failures=9, error="gone"),
    )


def report(*stories: Story, **given: object) -> Report:
    """A report of stories with numbers that fit them."""
    copies = [each for every in stories for each in every.copies]
    values: dict[str, object] = {
        "made_at": NOW,
        "since": NOW - timedelta(days=2),
        "stories": stories,
        "total_stories": len(stories),
        "articles": len(copies),
        "outlets": len({each.domain for each in copies}),
        "copies": sum(each.copied for each in stories),
        "feeds": feeds(),
        "backlog": 3,
    }
    return Report(**{**values, **given})  # type: ignore[arg-type]


def empty() -> Report:
    """A new database."""
    return report(feeds=(), backlog=0, since=None)


def day() -> Report:
    """A page of ordinary stories."""
    court = "Court orders release of harbour inquiry papers"
    wheat = "Wheat prices climb as drought deepens in south"
    shift = timedelta(hours=-18)
    court_copies = (
        lead(50, "Coast FM News", court),
        copy(51, "Metro 24", Relation.SHORTENED, after=14, title=court, kept=0.5),
        copy(52, "Daily Ledger", Relation.LIGHTLY_EDITED, after=30, title=court, copied=0.9),
        copy(53, "Harbour Times", Relation.MERGED, after=95, title=court, copied=0.6, kept=0.9),
    )
    wheat_copies = (
        lead(60, "Harbour Times", wheat, published_at=START + shift),
        *(
            copy(61 + number, name, Relation.WORD_FOR_WORD, title=wheat, published_at=START)
            for number, name in enumerate(("Metro 24", "Pulse Online", "The Valley Courier"))
        ),
    )
    return report(
        ferry(),
        story(7, court, *court_copies, agency="cpa", agency_name="CPA"),
        story(8, wheat, *wheat_copies),
        arabic(),
        japanese(),
        only_here(),
    )


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def database(path: Path, *stories: Story) -> Path:
    """A database file of these stories, with the real schema."""
    from sqlite_utils import Database

    from aggregator.edge.schema import migrations

    db = Database(path)
    db.execute("PRAGMA synchronous = OFF")  # thousands of small commits
    migrations().apply(db)
    db["agencies"].upsert({"id": "cpa", "name": "CPA"}, pk="id")
    for story in stories:
        _write(db, story)
    for feed in feeds():
        assert feed.polled_at and feed.changed_at and feed.due_at
        db["feeds"].insert(
            {
                "id": feed.id, "name": feed.name, "kind": feed.kind, "url": feed.url,
                "enabled": int(feed.enabled), "due_at": _stamp(feed.due_at),
                "polled_at": _stamp(feed.polled_at), "changed_at": _stamp(feed.changed_at),
                "failures": feed.failures, "error": feed.error, "every": 900,
            }
        )  # fmt: skip
    db.close()
    return path


def _write(db: object, story: Story) -> None:
    from sqlite_utils import Database

    assert isinstance(db, Database)
    db["clusters"].insert(
        {
            "id": story.id, "title": story.title, "agency": story.agency,
            "first_at": _stamp(story.first.published_at),
            "last_at": _stamp(story.copies[-1].published_at), "outlets": story.outlets,
            "seen_at": _stamp(max(copy.first_seen_at for copy in story.copies)),
            "articles": len(story.copies), "independent": story.independent,
            "copied": story.copied, "strip": write_strip(line_of(story).strip),
            "updated_at": _stamp(NOW),
        }
    )  # fmt: skip
    for copy in story.copies:
        outlet = db["outlets"].lookup({"domain": copy.domain}, {"name": copy.outlet})
        if own := [each.agency for each in copy.credits if each.role is Role.OWN]:
            db["outlets"].update(outlet, {"agency": own[0]})
        db["articles"].insert(
            {
                "id": copy.article, "title": copy.title, "outlet": outlet, "cluster": story.id,
                "relation": copy.relation.value, "agency": copy.agency,
                "language": copy.language, "verdict": "good",
                "published_at": _stamp(copy.published_at),
                "time_source": copy.time_source.value,
                "first_seen_at": _stamp(copy.first_seen_at), "words": copy.words,
                "copied": copy.copied, "kept": copy.kept, "carried": int(_is_carried(copy, story)),
                "shared": int(story.outlets > 1), "wire": _wire(copy),
                "authors": json.dumps(copy.authors),
                "url": copy.url, "final_url": copy.url, "url_key": f"{copy.domain}/{copy.article}",
                "extractor": "test", "read_at": _stamp(NOW), "text": copy.text,
            }
        )  # fmt: skip
        db["credits"].insert_all(
            {
                "article": copy.article, "agency": each.agency, "role": each.role.value,
                "zone": each.zone, "excerpt": each.excerpt, "rule": each.rule,
                "source_article": each.source_article,
            }
            for each in copy.credits
        )  # fmt: skip
        db["revisions"].insert_all(
            {
                "article": copy.article, "seen_at": _stamp(each.seen_at), "title": each.title,
                "digest": str(number), "text": each.text,
            }
            for number, each in enumerate(copy.revisions)
        )  # fmt: skip
    db["pairs"].insert_all(
        {
            "a": pair.a, "b": pair.b, "verdict": pair.verdict.value, "jaccard": pair.jaccard,
            "a_in_b": pair.a_in_b, "b_in_a": pair.b_in_a, "shared": pair.shared,
            "reason": pair.reason,
        }
        for pair in story.pairs
    )  # fmt: skip
    db["clusters"].update(story.id, {"lead": story.lead.article, "first": story.first.article})


def _is_carried(copy: Copy, story: Story) -> bool:
    carried = max(copy.copied or 0, copy.kept or 0) >= CARRIED
    return carried and copy.domain != story.lead.domain


def _wire(copy: Copy) -> str | None:
    roles = {credit.role for credit in copy.credits}
    if Role.OWN in roles:
        return "own"
    if roles & {Role.ORIGIN, Role.PARTIAL}:
        return "credited"
    return "uncredited" if Role.INFERRED in roles else None
