"""Scores the very code the daemon runs against a labelled archive, and compares two articles."""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.core import evaluate, match
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, comparing, folding
from aggregator.edge.store.comparing import Bodies
from aggregator.errors import ParseError, UsageError
from aggregator.model import Match
from aggregator.pipeline import importing

FAR_PAST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A pair that the labels contradict, with the numbers of its comparison."""

    kind: str  # "merged" or "missed"
    titles: tuple[str, str]
    sources: tuple[str, str]
    ids: tuple[str, str]
    pair: Match
    proposed: bool

    def to_text(self) -> str:
        """Three lines: what went wrong, the two articles, the numbers."""
        pair = self.pair
        word = "proposed" if self.proposed else "never proposed"
        articles = [
            f"  {source}: {title} [{one}]"
            for source, title, one in zip(self.sources, self.titles, self.ids, strict=True)
        ]
        numbers = (
            f"  Jaccard {pair.jaccard:.3f}, contained {pair.a_in_b:.3f} and {pair.b_in_a:.3f},"
            f" {pair.shared} shingles in common, {word}: {pair.verdict} ({pair.reason})"
        )
        return "\n".join([f"wrongly {self.kind}:", *articles, numbers])


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Scores with how many pairs were proposed, how long it took, and the mistakes."""

    scores: evaluate.Scores
    candidate_recall: float
    candidates_per_article: float
    seconds: float
    mistakes: tuple[Mistake, ...]

    def to_dict(self) -> dict[str, object]:
        """The contract of `eval --json`."""
        return self.scores.to_dict() | {
            "candidate_recall": self.candidate_recall,
            "candidates_per_article": self.candidates_per_article,
            "seconds": round(self.seconds, 2),
        }

    def to_text(self) -> str:
        """The scores as lines for a terminal."""
        s = self.scores
        return "\n".join(
            [
                f"articles             {s.articles}",
                f"pairs                {s.pairs_gold} in gold, {s.pairs_found} found:"
                f" {s.right} right, {s.wrong} wrong, {s.missed} missed, {s.ignored} ignored",
                f"pairwise             precision {s.precision:.3f}, recall {s.recall:.3f},"
                f" F1 {s.f1:.3f}, strict F1 {s.strict_f1:.3f}",
                f"B-cubed              precision {s.bcubed_precision:.4f},"
                f" recall {s.bcubed_recall:.4f}, F1 {s.bcubed_f1:.4f}",
                f"adjusted Rand index  {s.ari:.3f}",
                f"clusters             {s.clusters_whole} of {s.clusters_gold} found whole",
                f"candidates           recall {self.candidate_recall:.3f},"
                f" {self.candidates_per_article:.2f} an article",
                f"seconds              {self.seconds:.1f}",
            ]
        )


def read_ignored(path: str | Path) -> list[tuple[str, str]]:
    """Pairs of ids, tab-separated, one pair a line; ParseError names a line that is wrong."""
    file = Path(path)
    opener: Any = gzip.open if file.suffix == ".gz" else open
    found = []
    try:
        with opener(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                parts = line.rstrip("\n").split("\t")
                if len(parts) < 2 and line.strip():
                    raise ParseError(f"{path}:{number}", "needs two ids with a tab between them")
                if line.strip():
                    found.append((parts[0], parts[1]))
    except (OSError, UnicodeDecodeError) as error:
        raise ParseError(str(path), f"cannot be read: {error}") from error
    return found


def evaluate_gold(
    gold: str | Path,
    *,
    ignore: str | Path | None = None,
    rules: Rules,
    min_words: int,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Cluster a labelled archive in a database of its own, as it was published, and score it."""
    rows = sorted(importing.read_rows(gold), key=lambda row: (row.published or FAR_PAST, row.id))
    if not rows:
        raise UsageError(str(gold), "holds no article")
    ignored = read_ignored(ignore) if ignore else []
    now = max((row.published for row in rows if row.published), default=FAR_PAST)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "eval.db") as store:
        folding.prepare(store, rules=rules)
        outcomes = importing.import_rows(
            store, "gold", iter(rows), rules=rules, now=now, min_words=min_words
        )
        for done, _ in enumerate(outcomes, 1):
            watch(done, len(rows))
        bodies = Bodies(rules)
        while folding.cluster_batch(store, bodies, now=now):
            pass
        seconds = time.perf_counter() - started
        return _score(store, bodies, rows, ignored, seconds)


def _score(
    store: Store,
    bodies: Bodies,
    rows: list[importing.Row],
    ignored: list[tuple[str, str]],
    seconds: float,
) -> Evaluation:
    db = store.connection
    articles = {
        row["guid"]: row
        for row in db.execute(
            "SELECT guid, article, cluster, coalesce(holder, article) AS text FROM entries"
            " JOIN articles ON articles.id = entries.article"
            " LEFT JOIN fingerprints USING (article)"
        )
    }
    gold = {row.id: row.cluster or f"alone {row.id}" for row in rows}
    found = {
        row.id: articles[row.id]["cluster"] or f"no story {articles[row.id]['article']}"
        for row in rows
    }
    scores = evaluate.score(gold, found, ignored)
    holders = {row["text"] for row in articles.values()}
    proposed = {
        frozenset((holder, other))
        for holder in holders
        for other in comparing.candidates(db, holder)
    }

    def was_proposed(ids: frozenset[str]) -> bool:
        texts = frozenset(articles[one]["text"] for one in ids)
        return len(texts) == 1 or texts in proposed

    by_id = {row.id: row for row in rows}

    def mistake(kind: str, ids: frozenset[str]) -> Mistake:
        a, b = sorted(ids)
        return Mistake(
            kind=kind,
            titles=(by_id[a].title, by_id[b].title),
            sources=(by_id[a].source, by_id[b].source),
            ids=(a, b),
            pair=compare_articles(store, bodies, articles[a]["article"], articles[b]["article"]),
            proposed=was_proposed(ids),
        )

    gold_pairs, found_pairs = evaluate.pairs_of(gold), evaluate.pairs_of(found)
    skipped = {frozenset(pair) for pair in ignored}
    mistakes = [mistake("merged", pair) for pair in found_pairs - gold_pairs - skipped]
    mistakes += [mistake("missed", pair) for pair in gold_pairs - found_pairs]
    mistakes.sort(key=lambda m: (m.kind, -m.pair.containment, m.ids))
    recall = sum(map(was_proposed, gold_pairs)) / len(gold_pairs) if gold_pairs else 1.0
    return Evaluation(
        scores=scores,
        candidate_recall=recall,
        candidates_per_article=len(proposed) / len(rows),
        seconds=seconds,
        mistakes=tuple(mistakes),
    )


def compare_articles(store: Store, bodies: Bodies, a: int, b: int) -> Match:
    """The exact comparison of two stored articles, as the daemon makes it."""
    db = store.connection
    return match.compare(bodies.whole(db, a), bodies.whole(db, b), bodies.rules.thresholds)
