"""The words the values are told in: closed sets of names; they decide nothing."""

from __future__ import annotations

from enum import StrEnum


class EntryState(StrEnum):
    """Where an entry stands on its way to an article."""

    NEW = "new"  # listed by a feed, page not read yet
    KEPT = "kept"  # its article is stored
    SKIPPED = "skipped"  # the page is no article; the reason says what it is
    FAILED = "failed"  # given up after the last try; the reason says why
    PRUNED = "pruned"  # its article was let go with age; the row keeps it from coming back


class Verdict(StrEnum):
    """What a page turned out to be."""

    GOOD = "good"  # an article with enough text to compare
    THIN = "thin"  # an article too short to compare
    WALL = "wall"  # a consent, log-in, payment or robot wall
    NOT_ARTICLE = "not an article"  # an index page, a link list, a soft 404, an empty page


class Role(StrEnum):
    """What a credit proves about who wrote the copy."""

    OWN = "own"  # the outlet is the agency
    ORIGIN = "origin"  # the copy is the agency's
    PARTIAL = "partial"  # the outlet wrote it with agency material
    INFERRED = "inferred"  # an uncredited copy of a credited text
    MENTION = "mention"  # the agency is quoted; proves nothing


class MatchVerdict(StrEnum):
    """What an exact comparison of two texts found."""

    SAME = "same"  # word for word, but for trifles
    COPY = "copy"  # one text, edited
    TRIMMED = "trimmed"  # one is a shortened form of the other
    TAKE = "take"  # another version of one running story: new opening and facts, the same body
    MERGED = "merged"  # one holds parts of two stories; it stands with the one it owes most
    SHARES = "shares passages"  # recorded, never merged
    NO = "no"

    @property
    def merges(self) -> bool:
        """Whether the pair may stand in one cluster."""
        return self not in (MatchVerdict.SHARES, MatchVerdict.NO)


class Relation(StrEnum):
    """What an outlet did with the story, as the reader sees it."""

    FIRST = "first"
    WORD_FOR_WORD = "word for word"
    SHORTENED = "shortened"
    LIGHTLY_EDITED = "lightly edited"
    ADDED_REPORTING = "added reporting"
    REWRITTEN = "rewritten"
    MERGED = "merged"
    ONLY_HERE = "only here"


class PubStatus(StrEnum):
    """Whether an agency lets an item be used; the IPTC's words."""

    USABLE = "usable"
    WITHHELD = "withheld"  # not to be used until the agency says so
    CANCELED = "canceled"  # never to be used again


class Aspect(StrEnum):
    """What of a text changed between two readings, the weightiest first."""

    HEADLINE = "headline"
    NUMBERS = "numbers"
    NAMES = "names"
    QUOTES = "quotes"
    ATTRIBUTION = "attribution"
    NOTICE = "correction notice"
    BODY = "body"
    SPELLING = "spelling"

    @property
    def rank(self) -> int:
        """1 for a headline to 8 for spelling: the order in which changes are shown."""
        return list(Aspect).index(self) + 1


class RevisionKind(StrEnum):
    """What a newer text of an address is to the one before it."""

    FIRST = "first"
    CORRECTION = "correction"  # it says so, or does nothing but mend a name
    UPDATE = "update"
    LEAD = "lead rewrite"  # another first paragraph
    TRIVIAL = "trivial"  # spelling, points and commas, a word or two: kept, and folded away


class PageState(StrEnum):
    """What an article's page was at the last visit."""

    THERE = "there"
    GONE = "gone"  # 404, 410 or a page that says so
    WALLED = "walled"
    SHRUNK = "shrunk"  # next to nothing of the text is left
    WITHDRAWN = "withdrawn"  # a notice of that stands in the text's place
    MOVED = "moved"  # the address leads to another article


class WireKind(StrEnum):
    """What an agency calls one of its own versions of a story."""

    ALERT = "alert"
    LEAD = "lead"
    UPDATE = "update"
    SUMMARY = "summary"
    REPEAT = "repeat"
    CORRECTION = "correction"
    WITHDRAWN = "withdrawn"


class CorrectionKind(StrEnum):
    """What a person decided about stories, by the name of the command."""

    MERGE = "merge"  # stories are one: all their articles stand together
    SPLIT = "split"  # articles stand together, and never with the rest of their story
    PIN = "pin"  # an article is the lead copy of the story it stands in
    NOT_A_COPY = "not-a-copy"  # two articles never stand in one story


class TimeSource(StrEnum):
    """Where a publication time comes from, best trusted first."""

    FEED = "feed date"
    PAGE = "page date"
    DATELINE = "dateline"  # the day that the text, as the agency sent it, names itself
    SEEN = "first seen"


class Trust(StrEnum):
    """How far a publication time can be relied on."""

    HIGH = "high"  # two sources agree, or our own polls bound it
    MEDIUM = "medium"  # one source says so, and nothing speaks against it
    LOW = "low"  # a bare day, no zone, or nothing but first sight
