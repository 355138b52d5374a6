"""Says what a page turned out to be: article, stub, wall or list; must not extract anything.

A consent page has 96 words, the same under every address (two such pages have J = 1), so it must
never reach a comparison. But an article about cookies is an article: a phrase alone never
decides, only a phrase in a short text that does not speak of its own title.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aggregator.model import Verdict

# A measured consent page has 96 words; longer ones list partners. None of 290 articles with gold
# text, 16 of them under 150 words, is taken for a wall.
WALL_WORDS = 260
STUB_WORDS = 150  # a paywall stub: a lead and an offer
WORDS_A_PHRASE = 40  # a consent wall has a phrase for every so many words
LEAD = 160  # characters in which a soft 404 says so
TITLE_SHARE = 0.5  # of the title's words that an honest article repeats

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W\d_]{3,}")
_TERMINALS = frozenset('.!?…。！？।۔؟:;"”’»」』)]）')
_LIST_KINDS = frozenset(["collectionpage", "itemlist", "searchresultspage", "website"])
_ARTICLE_KINDS = re.compile(r"article|posting|report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the judge sees of a page; `links` is the share of the text's words inside links."""

    title: str
    page_title: str
    text: str
    words: int
    links: float = 0.0
    kinds: frozenset[str] = frozenset()
    paid: bool = False
    path: str = "/"
    requested_path: str = "/"


@cache
def _phrases(kind: str) -> re.Pattern[str]:
    """All phrases of one kind in `walls.toml`: robot, consent, pay or missing."""
    text = files("aggregator.core").joinpath("walls.toml").read_text(encoding="utf-8")
    return re.compile("|".join(tomllib.loads(text)[kind]), re.IGNORECASE)


def judge(look: Look, *, min_words: int) -> tuple[Verdict, str]:
    """The verdict on a page and why; the reason is empty for a good one."""
    if look.words == 0:
        return _empty(look)
    if wall := _wall(look):
        return Verdict.WALL, wall
    if listed := _not_article(look, min_words):
        return Verdict.NOT_ARTICLE, listed
    if look.words < min_words:
        return Verdict.THIN, f"{look.words} words, fewer than {min_words}"
    return Verdict.GOOD, ""


def _empty(look: Look) -> tuple[Verdict, str]:
    if _phrases("robot").search(look.page_title):
        return Verdict.WALL, "robot check: no text"
    return Verdict.NOT_ARTICLE, "no text on the page"


def _wall(look: Look) -> str:
    """Why the text is a wall, or the empty string."""
    if look.words > WALL_WORDS:
        return ""
    text, head = look.text, f"{look.page_title}\n{look.title}"
    # A wall's own heading is repeated by its text; a heading made of such phrases is no title.
    titled = not any(_phrases(kind).search(head) for kind in ("robot", "consent", "pay"))
    speaks = titled and title_share(look.title, text) >= TITLE_SHARE
    robot = _said("robot", text)
    if robot and not speaks and (len(robot) > 1 or look.words < STUB_WORDS):
        return f"robot check: “{robot[0]}”"
    consent = _said("consent", text)
    if len(consent) >= 2 and len(consent) * WORDS_A_PHRASE >= look.words and not speaks:
        return f"consent wall: “{consent[0]}”"
    offers = _said("pay", text) if look.words <= STUB_WORDS else []
    # A lead of fifty words before an offer that closes the text is still not the story.
    closing = offers and text.lower().rfind(offers[-1]) > 0.5 * len(text)
    if offers and (look.paid or len(offers) >= 2 or not speaks or closing):
        return f"log-in or payment wall: “{offers[0]}”"
    return ""


def _said(kind: str, text: str) -> list[str]:
    """The distinct phrases of a kind in a text, in order, lower case."""
    found = (match[0].lower()[:60] for match in _phrases(kind).finditer(text))
    return list(dict.fromkeys(found))


def _not_article(look: Look, min_words: int) -> str:
    """Why the page is something else than an article, or the empty string."""
    missing = _phrases("missing")
    gone = missing.search(look.page_title) or missing.search(look.title)
    gone = gone or missing.search(look.text[:LEAD])
    if look.words < STUB_WORDS and gone:
        return "page not found"
    if look.path in ("", "/") and look.requested_path not in ("", "/"):
        return "sent to the front page"
    lines = [line for line in look.text.split("\n") if line]
    headlines = [line for line in lines if is_headline(line)]
    short = len(headlines) / len(lines)
    letters = sum(map(len, headlines)) / max(1, len(look.text))
    # Short, and not one sentence: a list whatever it calls itself. A long one may be a ranking.
    if len(lines) >= 8 and short >= 0.95 and look.words < 3 * min_words:
        return f"a list of links: {len(headlines)} of {len(lines)} lines are headlines"
    if not any(map(_ARTICLE_KINDS.search, look.kinds)):
        if len(lines) >= 8 and short >= 0.7 and letters >= 0.5:
            return f"a list of links: {len(headlines)} of {len(lines)} lines are headlines"
        if look.links >= 0.75 and look.words < 3 * min_words:
            return f"a list of links: {look.links:.0%} of the words are links"
        if look.kinds & _LIST_KINDS and look.links >= 0.5 and short >= 0.5:
            return "an index page"
    if look.words < min_words:
        for kind, name in (("video", "video"), ("gallery", "picture")):
            if any(kind in each for each in look.kinds):
                return f"a {name} page with {look.words} words"
    return ""


def is_headline(line: str) -> bool:
    """Whether a line has the shape of a headline or a link: short, and not ended as a sentence."""
    # Thai ends no sentence with a mark, and its words are not parted: there, length decides.
    return len(line) <= 110 and len(line.split()) <= 16 and not ends_as_sentence(line)


def ends_as_sentence(line: str) -> bool:
    """Whether a line ends with the mark of a sentence, in any script that has one."""
    return line.rstrip()[-1:] in _TERMINALS


def title_share(title: str, text: str) -> float:
    """Share of the title's words found in the text; words of three letters and more, 0 to 1."""
    wanted = set(_WORD.findall(title.lower()))
    if not wanted:
        return 0.0
    lowered = text.lower()
    return sum(1 for word in wanted if word[:6] in lowered) / len(wanted)
