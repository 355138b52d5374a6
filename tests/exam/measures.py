"""What each case of the clustering exam measures, at any size; the floors stand in the tests."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from aggregator.config import Config
from aggregator.core import extract, fingerprint, overlap, text
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, archiving, keeping
from aggregator.model import Article
from aggregator.pipeline import importing
from tests.edge.test_store_corpus import NOW, Desk, day, decided, entry_for, paper, prose
from tests.exam import corpora, walls
from tests.exam.corpora import one_site
from tests.exam.forms import fill

ROOT = Path(__file__).parent.parent.parent
RULES = Rules()
MIN_WORDS = Config().read.min_words
Groups = frozenset[frozenset[str]]


def together(groups: Groups) -> set[frozenset[str]]:
    """All pairs of articles in one story."""
    return {frozenset(pair) for group in groups for pair in combinations(sorted(group), 2)}


def count_partitions(orders: int, batches: tuple[int, ...]) -> int:
    """C01: different answers over so many orders of arrival for each size of batch."""
    found = set()
    for seed in range(orders):
        for batch in batches:
            desk = decided(corpora.shuffled(day(), seed), batch)
            found.add((desk.partition(), repr(sorted(desk.told().items()))))
            desk.store.close()
    return len(found)


PROGRAM = """
import sys
from tests.exam.measures import cluster_with_restarts
print(cluster_with_restarts(sys.argv[1], int(sys.argv[2])))
"""


def cluster_with_restarts(database: str, restarts: int) -> str:
    """Cluster the day, closing the database so many times on the way; a digest of the answer.

    The digest covers who stands with whom, in which order, and what is told of everyone.
    """
    articles = day()
    step = max(1, len(articles) // max(1, restarts))
    for start in range(0, len(articles), step):
        with Store(database) as store:
            desk = Desk(store)
            for article in articles[start : start + step]:
                desk.keep(article)
            desk.cluster()
            rows = store.query(
                "SELECT cluster, url_key FROM articles WHERE cluster IS NOT NULL"
                " ORDER BY published_at, url_key"
            )
            told = sorted(desk.told().items())
    members: dict[int, list[str]] = {}
    for row in rows:
        members.setdefault(row["cluster"], []).append(row["url_key"])
    content = f"{sorted(members.values())} {told}"
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def digests_by_seed(folder: Path, runs: tuple[tuple[str, int], ...]) -> set[str]:
    """C03: digests of programs with these hash seeds and restarts."""
    found = set()
    for number, (seed, restarts) in enumerate(runs):
        program = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder / f"{number}.db"), str(restarts)],
            cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        )  # fmt: skip
        found.add(program.stdout.strip())
    return found


@dataclass(frozen=True, slots=True)
class Walled:
    """C06: what became of pages that all showed walls, and of those that healed."""

    pages: int
    in_stories: int
    unmarked: int  # neither a verdict nor a gate says what they are
    healed: int
    of: int


def wall_off(sites: int, pages: int, heal: int) -> Walled:
    """C06: `sites` sites show a wall on `pages` addresses each; later `heal` show the story."""
    desk = Desk(Store(":memory:"))
    addresses = [(site, page) for page in range(pages) for site in range(sites)]
    for site, page in addresses:
        _read(desk, site, page, walls.wall(site))
    desk.cluster()
    in_stories = sum(len(group) for group in desk.partition() if len(group) > 1)
    unmarked = desk.one(
        "SELECT count(*) FROM articles LEFT JOIN fingerprints ON article = articles.id"
        " WHERE verdict = 'good' AND gate IS NULL"
    )
    desk.now = NOW + corpora.HOUR
    for site, page in addresses[:heal]:
        story = prose(f"story {site} {page}", 16)
        desk.keep(paper(one_site(site, f"copy-{page}"), story, title=walls.headline(site, page)))
        _read(desk, site, page, walls.article(site, page, story), again=True)
    desk.cluster()
    healed = sum(
        desk.story_of(walls.address(site, page)) == desk.story_of(one_site(site, f"copy-{page}"))
        and desk.story_of(walls.address(site, page)) is not None
        for site, page in addresses[:heal]
    )
    return Walled(len(addresses), in_stories, unmarked, healed, heal)


def _read(desk: Desk, site: int, page: int, html: str, *, again: bool = False) -> None:
    """Read a page as the daemon does and keep what it is said to be."""
    url, title = walls.address(site, page), walls.headline(site, page)
    entry = entry_for(paper(url, "", title=title))
    fetched = extract.Page(
        url=url, final_url=url, body=html.encode(), content_type="text/html; charset=utf-8"
    )
    article = extract.extract(fetched, entry=entry, now=desk.now)
    desk.keep(article, title=title, **({"updated_at": desk.now} if again else {}))


@dataclass(frozen=True, slots=True)
class Forms:
    """C08: forms that stand in one story though they fill one form with other facts."""

    merged: int  # pairs
    pairs: int
    joined: Counter[str]  # texts that stand with another, by kind

    @property
    def share(self) -> float:
        return self.merged / self.pairs


def merge_forms(count: int, outlets: int, *, spread: bool) -> Forms:
    """C08: `count` forms of all kinds within a day; spread, an outlet rarely runs a kind twice."""
    desk = Desk(Store(":memory:"))
    kinds = {}
    chance = random.Random("outlets")
    for number, form in enumerate(fill(count)):
        outlet = chance.randrange(outlets) if spread else hash_of(form.kind) % outlets
        url = f"http://n{outlet}.example/{form.kind}/{number}"
        article = paper(url, form.text, title=form.title, at=number)
        kinds[article.url_key] = form.kind
        desk.keep(article)
    desk.cluster()
    groups = desk.partition()
    desk.store.close()
    merged = together(groups)
    joined = Counter(kinds[one] for group in groups if len(group) > 1 for one in group)
    return Forms(len(merged), count * (count - 1) // 2, joined)


def hash_of(name: str) -> int:
    """A number for a name, the same in every program."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")


def drift(versions: int, *, one_outlet: bool) -> tuple[float, int]:
    """C09: least share of the shorter of two members that the other holds, and how many stories."""
    texts = corpora.live_blog(versions)
    url = "http://live.example/{}" if one_outlet else "http://n{}.example/live"
    articles = [
        paper(url.format(n), body, title="Storm reaches the coast", at=5 * n)
        for n, body in enumerate(texts)
    ]
    desk = corpora.decide(articles)
    bodies = {
        article.url_key: overlap.make_body(key=0, tokens=text.tokens(article.text))
        for article in articles
    }
    shares = [
        max(overlap.contained(bodies[a], bodies[b]), overlap.contained(bodies[b], bodies[a]))
        for a, b in map(sorted, together(desk.partition()))
    ]
    stories = len(desk.partition())
    desk.store.close()
    return min(shares, default=1.0), stories


def bridged(items: int, *, whole: int = 0, seed: int = 0) -> bool:
    """C10: whether items between two stories, and pages of both, put the stories together."""
    first, last = prose(f"dam {seed}", 24), prose(f"strike {seed}", 24)
    texts = [first, *corpora.bridge(first, last, items), last]
    texts += [[*first[n % 3 :], *last] for n in range(whole)]
    desk = corpora.decide(
        [paper(one_site(n), body, title=f"Title {n}", at=n) for n, body in enumerate(texts)]
    )
    met = desk.story_of(one_site(0)) == desk.story_of(one_site(items + 1))
    desk.store.close()
    return met


def keep_unpolled(desk: Desk, articles: Iterable[Article]) -> None:
    """Keep articles in one commit, as an import does: no feed is asked what it lists."""
    with desk.store.write():
        feed = archiving.archive_feed(desk.store, "flood", now=NOW)
        for article in articles:
            entry, outlet = entry_for(article), article.outlet
            item = archiving.archive_entry(desk.store, feed, entry, outlet=outlet, now=NOW)
            keeping.keep_article(desk.store, item, article, rules=RULES, now=NOW)


def same_text(count: int) -> Iterator[Article]:
    """One text at so many addresses, four to an outlet."""
    body = prose("flood", 12)
    for number in range(count):
        url = f"http://n{number // 4}.example/{number}"
        yield paper(url, body, title="Same", at=number / 20)


def flood(articles: Iterable[Article], database: str | Path = ":memory:") -> tuple[float, int, int]:
    """C15: seconds of the processor, stories and pairs of so many copies."""
    desk, begun = Desk(Store(database)), time.process_time()
    keep_unpolled(desk, articles)
    desk.cluster()
    found = time.process_time() - begun
    stories, pairs = len(desk.partition()), desk.one("SELECT count(*) FROM pairs")
    desk.store.close()
    return found, stories, pairs


def recall_at(pairs: list[tuple[corpora.Shingles, ...]]) -> float:
    """C16: share of pairs of shingle sets that are proposed."""
    found = 0
    for a, b in pairs:
        keys = [fingerprint.band_keys(fingerprint.sign(one)) for one in (a, b)]
        samples = [set(fingerprint.sample_keys(one)) for one in (a, b)]
        found += any(one == other for one, other in zip(*keys, strict=True)) or (
            len(samples[0] & samples[1]) >= fingerprint.samples_needed(len(a), len(b))
        )
    return found / len(pairs)


def gated(texts: list[str]) -> tuple[int, int]:
    """C05: of texts as an archive gives them, how many are compared and how many stand together."""
    desk = Desk(Store(":memory:"))
    for number, body in enumerate(texts):
        row = importing.Row(
            id=str(number), source=f"n{number}.example", title=f"Title {number}", text=body,
            published=NOW, url=one_site(number), author=None, cluster=None,
        )  # fmt: skip
        _, article = importing.to_article(row, rules=RULES, min_words=MIN_WORDS)
        desk.keep(article)
    desk.cluster()
    compared = desk.one("SELECT count(*) FROM fingerprints WHERE gate IS NULL")
    grouped = sum(len(group) for group in desk.partition() if len(group) > 1)
    desk.store.close()
    return compared, grouped
