"""Reads the files of agencies, ninjs or NewsML-G2, into entries with their text; opens none."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from aggregator.core.dates import parse_date, read_date
from aggregator.core.plain import one_line, plain_text, without_controls
from aggregator.core.rawfeed import narrow
from aggregator.core.times import moment, stamp
from aggregator.errors import ParseError
from aggregator.model import Entry, PubStatus, Wire

MAX_ITEMS = 2_000  # of one file
MAX_TITLE = 1_000  # characters, as are the others
MAX_SUMMARY = 10_000
MAX_BODY = 1_000_000
MAX_WORDS = 200  # of a credit
MAX_NOTE = 2_000
MAX_GUID = 1_000
MAX_CREDITS = 20

# urn:newsml:provider:date:item:version, with N, U or A behind the number: the version in the
# name would make each version an item of its own. A guid of fewer parts is taken as it is.
_NEWSML_URN = re.compile(r"(urn:newsml:[^:]+:[^:]+:.+):(\d{1,9})[NUA]?", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWire:
    """One item as written; missing parts are empty."""

    guid: str = ""
    version: str = ""
    title: str = ""
    summary: str = ""
    body: str = ""  # HTML
    bylines: tuple[str, ...] = ()
    language: str = ""
    created: str = ""  # first version
    changed: str = ""  # this version
    status: str = ""
    embargoed: str = ""
    urgency: str = ""
    located: str = ""
    usage_terms: str = ""
    note: str = ""
    credit: str = ""  # credit line
    credits: tuple[tuple[str, str], ...] = ()
    kind: str = "text"  # what it is when it is no text
    partial: bool = False  # the text is elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class WireItems:
    """The stories of one file; `reason` says what it held when it held none."""

    entries: tuple[Entry, ...]
    reason: str = ""


def read_wire(data: bytes, *, subject: str, now: datetime) -> WireItems:
    """Return the stories of a ninjs (JSON) or NewsML-G2 (XML) file.

    `subject` is the file's name, for errors. Pictures, packages and items whose text lies in
    another file give no entry and a reason. Raises ParseError when the file is neither format,
    cut off, or holds an item without an identifier: never half a file.
    """
    from aggregator.core import newsml, ninjs

    data, _ = narrow(data)
    data = data.strip()
    if not data:
        raise ParseError(subject, "is empty")
    if data[:1] in (b"{", b"["):
        raw = ninjs.read_ninjs(data, subject=subject)
    elif data[:1] == b"<":
        raw = newsml.read_newsml(data, subject=subject)
    else:
        raise ParseError(subject, "is neither JSON (ninjs) nor XML (NewsML-G2)")
    if len(raw) > MAX_ITEMS:
        raise ParseError(subject, f"more than {MAX_ITEMS} items")
    entries: list[Entry] = []
    reasons: list[str] = []
    for item in raw:
        entry = _entry(item, subject=subject, now=now)
        withdrawn = entry.wire is not None and entry.wire.status is not PubStatus.USABLE
        if withdrawn or (item.kind == "text" and entry.body):
            entries.append(entry)
        elif item.kind != "text":
            reasons.append(f"no story: {item.kind}"[:100])
        else:
            reasons.append("no text in it" + (", it lies in another file" * item.partial))
    told = "" if entries else "; ".join(dict.fromkeys(reasons))[:300] or "no item in it"
    return WireItems(entries=tuple(entries), reason=told)


def _entry(item: RawWire, *, subject: str, now: datetime) -> Entry:
    guid = one_line(item.guid, MAX_GUID + 1)
    if not guid:
        raise ParseError(subject, "has an item without an identifier")
    if len(guid) > MAX_GUID:
        guid = "sha256:" + hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()[:32]
    number = re.search(r"\d{1,9}", item.version)
    version = int(number[0]) if number else 0
    if named := _NEWSML_URN.fullmatch(guid):
        guid, version = named[1], version or int(named[2])
    changed, created = parse_date(item.changed, now=now), read_date(item.created, now=now)
    urgency = re.fullmatch(r"\s*([1-9])(?:\.0)?\s*", item.urgency)
    bylines = dict.fromkeys(plain_text(name, MAX_WORDS) for name in item.bylines[:MAX_CREDITS])
    credits = dict.fromkeys(
        (field, text)
        for field, words in item.credits[:MAX_CREDITS]
        if (text := plain_text(words, MAX_WORDS))
    )
    return Entry(
        guid=guid,
        url=None,  # whatever address it has, its text is here and no page is asked for
        title=plain_text(item.title, MAX_TITLE),
        summary=plain_text(item.summary, MAX_SUMMARY),
        body=without_controls(item.body)[:MAX_BODY].strip() or None,
        authors=tuple(name for name in bylines if name),
        credit=plain_text(item.credit, MAX_WORDS) or None,
        published_at=created.at if created else changed,
        day_only=created is not None and created.day_only,
        updated_at=changed,
        language=_language(item.language),
        wire=Wire(
            version=version,
            status=_status(item.status),
            embargoed_until=_embargo(item.embargoed, subject=subject),
            urgency=int(urgency[1]) if urgency else None,
            located=plain_text(item.located, MAX_WORDS),
            usage_terms=plain_text(item.usage_terms, MAX_NOTE),
            note=plain_text(item.note, MAX_NOTE),
            credits=tuple(credits),
        ),
    )


def _status(raw: str) -> PubStatus:
    """`stat:canceled`, a concept URI or the bare word; a word unknown here is not for use."""
    word = re.split(r"[:/#]", raw.strip().lower())[-1]
    if word in ("", "usable"):
        return PubStatus.USABLE
    return PubStatus.CANCELED if word in ("canceled", "cancelled") else PubStatus.WITHHELD


def _embargo(raw: str, *, subject: str) -> datetime | None:
    """The end of an embargo; one that cannot be read must not be passed over."""
    if not raw.strip():
        return None
    try:
        until = datetime.fromisoformat(raw.strip())
        return moment(stamp(until if until.tzinfo else until.replace(tzinfo=UTC)))
    except (ValueError, OverflowError):
        raise ParseError(subject, f"has an embargo that is no time: {raw.strip()[:60]!r}") from None


def _language(raw: str) -> str | None:
    found = re.match(r"\s*([a-zA-Z]{2,3})(?![a-zA-Z])", raw)
    return found[1].lower() if found else None


def paragraphs(text: str) -> str:
    """Plain text as HTML: a paragraph a line, and nothing in it that is markup."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def is_older(entry: Entry, than: Entry) -> bool:
    """Whether a version of an item comes before another of it.

    Version numbers decide; where they are equal or missing on one side, the times of change.
    """
    version, other = (each.wire.version if each.wire else 0 for each in (entry, than))
    if version and other and version != other:
        return version < other
    changed, before = entry.updated_at, than.updated_at
    return bool(changed and before and changed < before)


def to_json(wire: Wire) -> str:
    """What the database keeps of an item beside its entry."""
    until = stamp(wire.embargoed_until) if wire.embargoed_until else None
    values = {name: getattr(wire, name) for name in Wire.__slots__}
    return json.dumps(values | {"embargoed_until": until}, ensure_ascii=False)


def from_json(text: str | None) -> Wire | None:
    """The same back; None for None."""
    if not text:
        return None
    values = json.loads(text)
    values["status"] = PubStatus(values["status"])
    values["embargoed_until"] = moment(values["embargoed_until"])
    values["credits"] = tuple((field, words) for field, words in values["credits"])
    return Wire(**values)
