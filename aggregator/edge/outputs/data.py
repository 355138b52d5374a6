"""The outputs for programs: JSON, which is the contract, and CSV with one line a copy."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from json.encoder import encode_basestring as _quoted

from aggregator.core.palette import relation_word
from aggregator.core.report import frame_to_dict, one_story_to_dict, story_to_dict
from aggregator.core.times import stamp
from aggregator.core.whose import credit_words, uncredited
from aggregator.core.wording import minutes_between, one_line
from aggregator.edge.outputs.registry import Look, output
from aggregator.model import Copy, Report, Story

COLUMNS = (
    "story", "story_title", "story_agency", "outlets", "article", "outlet", "domain", "title",
    "url", "published_at", "time_source", "first_seen_at", "delay_minutes", "relation",
    "is_lead", "copied", "kept", "words", "language", "credit", "uncredited",
)  # fmt: skip
# A cell that starts so is run as a formula by spreadsheets; the wide forms too, in East Asian
# locales. A leading apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%", "＝", "＋", "－", "＠")
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
# Where the decimal sign is a comma, spreadsheets part cells at semicolons, also inside quotes.
_PARTED = re.compile("(;\\s*)(?=[=+@|%＝＋－＠-])")


@output("json", media_type="application/json", suffix="json")
def render_json(report: Report, look: Look) -> str:
    """`to_dict` of the report, or of one story under the key `story`."""
    if look.story is not None:
        return write_json(one_story_to_dict(look.story, report.made_at))
    # A story is text before the next one is made: 11,000 copies take a fifth less than when all of
    # their 400,000 values stand in memory at once.
    return write_json({**frame_to_dict(report), "stories": map(story_to_dict, report.stories)})


def write_json(contract: object) -> str:
    """The contract as text that may stand inside a page too: no word of it can end a script.

    An iterator is written as the array of what it gives, which is laid out as it comes.
    """
    text = _laid_out(contract, "\n")
    return text.replace("<", "\\u003c")  # strings are the only place where JSON has this sign


def _laid_out(value: object, margin: str) -> str:
    """What `json.dumps` gives with an indent of two.

    With an indent that one writes every comma by a generator of its own: 11,000 copies, 13 MB, take
    it 390 ms, and this 130.
    """
    inner = margin + "  "
    if isinstance(value, dict) and value:
        told = [
            f"{_quoted(key)}: {_quoted(each) if type(each) is str else _told(each, inner)}"
            for key, each in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(told)}{margin}}}"
    if isinstance(value, list | tuple) and value:
        told = [_quoted(each) if type(each) is str else _told(each, inner) for each in value]
        return f"[{inner}{f',{inner}'.join(told)}{margin}]"
    return _told(value, margin)


_WORDS = {None: "null", True: "true", False: "false"}


def _told(value: object, margin: str) -> str:
    kind = type(value)
    if value is None or kind is bool:
        return _WORDS[value]  # type: ignore[index]
    if kind is int:
        return str(value)
    if kind in (dict, list, tuple):
        return _laid_out(value, margin) if value else "{}" if kind is dict else "[]"
    if isinstance(value, float) and math.isfinite(value):
        return float.__repr__(value)
    if isinstance(value, Iterator):
        inner = margin + "  "
        told = [_told(each, inner) for each in value]
        return f"[{inner}{f',{inner}'.join(told)}{margin}]" if told else "[]"
    return _encode(value)


@output("csv", media_type="text/csv; charset=utf-8", suffix="csv")
def render_csv(report: Report, look: Look) -> str:
    """One line per copy under a header line; CRLF line ends as RFC 4180 asks."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for story in report.stories if look.story is None else (look.story,):
        for copy in story.copies:
            writer.writerow(_row(story, copy))
    return out.getvalue()


def _row(story: Story, copy: Copy) -> list[str | int]:
    delay = minutes_between(story.first.published_at, copy.published_at)
    return [
        story.id,
        _cell(story.title),
        _cell(story.agency_name or story.agency or ""),
        story.outlets,
        copy.article,
        _cell(copy.outlet),
        _cell(copy.domain),
        _cell(copy.title),
        _cell(_PARTED.sub("%3B", copy.url)),
        stamp(copy.published_at),
        copy.time_source.value,
        stamp(copy.first_seen_at),
        f"{delay:.1f}",
        relation_word(copy),
        int(copy.is_lead),
        _number(copy.copied),
        _number(copy.kept),
        copy.words,
        _cell(copy.language or ""),
        _cell(credit_words(copy, story)),
        int(uncredited(copy, story)),
    ]


def _cell(text: str) -> str:
    line = _PARTED.sub(r"\1'", one_line(text))
    return "'" + line if line.startswith(_FORMULA) else line


def _number(share: float | None) -> str:
    return "" if share is None or share != share else f"{share:.4f}"
