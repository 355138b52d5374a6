"""Writes an invented archive of any size in the gold format: families of copies, robots' pages.

Every article is a function of the seed and its number, so a million take no more memory than a
thousand. `cluster` is the family and `edit` what was done to the copy. Singles share phrases,
topics and background with one another as real articles do, see `tongue`.
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from scripts import tongue
from scripts.edits import EDITS, Body

START = datetime(2026, 3, 2, tzinfo=UTC)
FAMILIES = 0.12  # of what is begun is a story that others copy, by three copies on average
ROBOTS = 0.05  # is a robot's page
COPIES = 3.0
DELAY = 0.25  # days: a copy comes within hours
LEAST_WIRE = 250  # words
FURNISHED = 0.6  # of an outlet's pages carry its furniture
ROBOT_KINDS = {  # sentences with changing numbers alone, and those with changing names
    "weather": (9, 1),
    "quotes": (14, 0),
    "results": (5, 6),
    "gallery": (3, 14),
}


@dataclass(frozen=True, slots=True)
class Article:
    """A line of the archive; `own` are its sentences but for the outlet's furniture."""

    id: str
    source: str
    title: str
    own: Body
    furniture: Body
    published: datetime
    cluster: str | None
    edit: str

    def to_line(self) -> str:
        """The line as `aggregator import` and `aggregator eval` read it."""
        body = [" ".join(words).capitalize() + "." for words in [*self.own, *self.furniture]]
        return json.dumps(
            {
                "id": self.id,
                "source": self.source,
                "title": self.title,
                "text": "\n".join(" ".join(body[at : at + 2]) for at in range(0, len(body), 2)),
                "published": self.published.isoformat(timespec="seconds"),
                "url": f"https://{self.source}/{self.id}",
                "cluster": self.cluster,
                "edit": self.edit,
            }
        )


def wire(seed: int, family: int) -> Body:
    """The story as it was sent."""
    rng = np.random.default_rng([seed, 1, family])
    topic = tongue.topic_of(rng)
    return tongue.sentences(rng, max(LEAST_WIRE, tongue.length_of(rng)), topic)


def _outlet(rng: np.random.Generator, outlets: int) -> int:
    return tongue.zipf(rng, outlets, 10, 1)[0] % outlets


def _furniture(seed: int, outlet: int, rng: np.random.Generator) -> Body:
    """What the outlet puts on most of its pages."""
    if rng.random() > FURNISHED:
        return []
    fixed = np.random.default_rng([seed, 2, outlet])
    return tongue.sentences(fixed, 60, tongue.TOPICS[0] + outlet)[: 1 + int(rng.integers(0, 3))]


def _title(body: Body) -> str:
    return " ".join((body[0] + body[min(1, len(body) - 1)])[:9]).capitalize()


def _robot(seed: int, kind: str, outlet: int, rng: np.random.Generator) -> tuple[Body, Body]:
    """A robot's page: sentences whose names change, and those whose numbers alone do."""
    counting, naming = ROBOT_KINDS[kind]
    fixed = np.random.default_rng([seed, 3, outlet % 40, list(ROBOT_KINDS).index(kind)])
    pattern = tongue.sentences(fixed, 40 * (counting + naming), tongue.TOPICS[0] + outlet % 40)
    filled = []
    for place, sentence in enumerate(pattern[: counting + naming]):
        words = list(sentence)
        for at in range(5, len(words), 14):
            words[at] = str(int(rng.integers(2, 999)))
        if place >= counting:
            for at in range(1, len(words), 12):
                words[at] = tongue.WORDS[int(rng.integers(2000, tongue.VOCABULARY))]
        filled.append(words)
    return filled[counting:], filled[:counting]


@dataclass(frozen=True, slots=True)
class Order:
    """An article to be made: all that its words depend on."""

    kind: str  # copy, robot, single
    seed: int
    begun: int  # number of the story
    now: float  # days
    outlets: int
    number: int = 0  # of the copy; 0 is the wire
    edit: str = ""

    def make(self) -> Article:
        """The article, the same wherever it is made."""
        if self.kind == "copy":
            return _copy(self.seed, self.begun, self.number, self.edit, self.now, self.outlets)
        page = _robot_page if self.kind == "robot" else _single
        return page(self.seed, self.begun, self.now, self.outlets)


def orders(
    count: int, *, seed: int = 1, days: float = 3.0, outlets: int | None = None
) -> Iterator[Order]:
    """The archive in order of publication, `count` articles over `days`, without their words."""
    outlets = outlets or max(30, count // 500)
    rng = np.random.default_rng([seed, 0])
    waiting: list[tuple[float, int, int, str]] = []  # copies: when, family, number, edit
    begun = 0
    names = list(EDITS)
    for made in range(count):
        now = days * made / count
        if waiting and waiting[0][0] <= now:
            _, family, number, edit = heapq.heappop(waiting)
            yield Order("copy", seed, family, now, outlets, number, edit)
            continue
        begun += 1
        chance = rng.random()
        if chance < FAMILIES:
            for number in range(1, 1 + int(rng.geometric(1 / COPIES))):
                delay = float(rng.exponential(DELAY / 2))
                edit = names[int(rng.integers(0, len(names)))]
                heapq.heappush(waiting, (now + min(delay, 2 * DELAY), begun, number, edit))
            yield Order("copy", seed, begun, now, outlets, 0, "as sent")
        elif chance < FAMILIES + ROBOTS:
            yield Order("robot", seed, begun, now, outlets)
        else:
            yield Order("single", seed, begun, now, outlets)


def articles(
    count: int, *, seed: int = 1, days: float = 3.0, outlets: int | None = None
) -> Iterator[Article]:
    """The archive in order of publication, `count` articles over `days`."""
    for order in orders(count, seed=seed, days=days, outlets=outlets):
        yield order.make()


def _copy(seed: int, family: int, number: int, edit: str, now: float, outlets: int) -> Article:
    rng = np.random.default_rng([seed, 4, family, number])
    body = wire(seed, family)
    other = wire(seed, family + 10**9) if "another" in edit else body
    first = _outlet(np.random.default_rng([seed, 7, family]), outlets)
    outlet = (first + number) % outlets  # a family's copies stand in outlets of their own
    story = EDITS[edit](body, rng, other)
    return Article(
        id=f"f{family}-{number}",
        source=f"n{outlet}.example",
        title=_title(story),
        own=story,
        furniture=_furniture(seed, outlet, rng),
        published=START + timedelta(days=now),
        cluster=f"f{family}",
        edit=edit if number else "wire",
    )


def _single(seed: int, begun: int, now: float, outlets: int) -> Article:
    rng = np.random.default_rng([seed, 5, begun])
    outlet = _outlet(rng, outlets)
    body = tongue.sentences(rng, tongue.length_of(rng), tongue.topic_of(rng))
    return Article(
        id=f"s{begun}",
        source=f"n{outlet}.example",
        title=_title(body),
        own=body,
        furniture=_furniture(seed, outlet, rng),
        published=START + timedelta(days=now),
        cluster=None,
        edit="single",
    )


def _robot_page(seed: int, begun: int, now: float, outlets: int) -> Article:
    rng = np.random.default_rng([seed, 6, begun])
    outlet = _outlet(rng, max(1, outlets // 5))
    kind = list(ROBOT_KINDS)[int(rng.integers(0, len(ROBOT_KINDS)))]
    naming, counting = _robot(seed, kind, outlet, rng)
    town = tongue.WORDS[int(rng.integers(2000, tongue.VOCABULARY))]
    return Article(
        id=f"r{begun}",
        source=f"n{outlet}.example",
        title=f"{town.capitalize()} {kind} {int(rng.integers(1, 9999))}",
        own=naming,
        furniture=counting,
        published=START + timedelta(days=now),
        cluster=None,
        edit=kind,
    )


def main() -> None:
    """The command: lines to standard output."""
    parser = argparse.ArgumentParser(prog="scripts/corpus", description=__doc__)
    parser.add_argument("count", type=int, help="articles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=3.0, help="the window they are spread over")
    parser.add_argument("--outlets", type=int, help="default: one for 500 articles")
    options = parser.parse_args()
    try:
        for article in articles(
            options.count, seed=options.seed, days=options.days, outlets=options.outlets
        ):
            sys.stdout.write(article.to_line() + "\n")
    except BrokenPipeError:  # the reader has seen enough
        sys.stderr.close()


if __name__ == "__main__":
    main()
