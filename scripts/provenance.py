"""Measures what propagation adds to the credits of labelled copies, and what edits are called."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aggregator.core import inference, overlap, provenance
from aggregator.core.member import Member
from aggregator.core.proof import CREDITING, PROVING, proofs
from aggregator.core.relation import Overlap, measure, relate
from aggregator.core.rules import Rules
from aggregator.edge.store import Store, folding
from aggregator.edge.store.comparing import Bodies
from aggregator.edge.store.members import read_members
from aggregator.model import Relation, Role
from aggregator.pipeline import importing
from aggregator.pipeline.evaluating import FAR_PAST, read_ignored
from scripts import suite_agencies

RELATIONS = [each for each in Relation if each not in (Relation.FIRST, Relation.ONLY_HERE)]
SHARES = (0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True)
class Told:
    """An archive taken through the line: its rows by id, and its stories as provenance saw them."""

    rows: Mapping[str, importing.Row]
    names: Mapping[int, str]  # article -> id of its row
    stories: Mapping[int, list[Member]]
    bodies: Mapping[str, overlap.Body]  # by id of the row, of what is compared


def tell(path: Path, rules: Rules) -> Told:
    """Import and fold an archive in a database of its own, as it was published."""
    rows = sorted(importing.read_rows(path), key=lambda row: (row.published or FAR_PAST, row.id))
    now = max((row.published for row in rows if row.published), default=FAR_PAST)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "told.db") as store:
        folding.prepare(store, rules=rules)
        for _ in importing.import_rows(
            store, "gold", iter(rows), rules=rules, now=now, min_words=50
        ):
            pass
        bodies = Bodies(rules)
        while folding.cluster_batch(store, bodies, now=now):
            pass
        db = store.connection
        names = {
            row["article"]: row["guid"] for row in db.execute("SELECT article, guid FROM entries")
        }
        clusters = [row[0] for row in db.execute("SELECT id FROM clusters WHERE articles > 0")]
        compared = db.execute("SELECT article FROM fingerprints WHERE gate IS NULL").fetchall()
        return Told(
            rows={row.id: row for row in rows},
            names=names,
            stories={each: read_members(db, bodies, each) for each in clusters},
            bodies={names[row[0]]: bodies.get(db, row[0]) for row in compared},
        )


@dataclass
class Count:
    """Gold copies by what is known of their agency."""

    copies: int = 0
    own: int = 0  # credited as the agency's by the page
    part: int = 0  # credited as a source beside the outlet's own desk
    inferred: int = 0
    silent: int = 0  # in stories whose copies credit nobody

    def lines(self) -> Iterator[str]:
        before, after = self.own + self.part, self.own + self.part + self.inferred
        yield f"{'gold copies':44}{self.copies:6}"
        yield f"{'agency known from the page itself':44}{before:6}{before / self.copies:8.1%}"
        yield f"{'  of these named beside the outlet':44}{self.part:6}"
        yield f"{'agency known after propagation':44}{after:6}{after / self.copies:8.1%}"
        yield f"{'in stories none of whose copies credits one':44}{self.silent:6}"


def propagate(
    told: Told,
    truth: Mapping[str, str | None] | None,
    ignored: frozenset[frozenset[str]] = frozenset(),
) -> Iterator[str]:
    """The table, every propagation of a gold copy, and those that the labels contradict.

    Propagations along pairs that count neither way are listed apart.
    """
    sizes = Counter(row.cluster for row in told.rows.values() if row.cluster)
    count, listed, neither, wrong = Count(), [], [], []
    for members in told.stories.values():
        facts = provenance.tell(members)
        of = {member.article: member for member in members}
        for share in facts.shares:
            row = told.rows[told.names[share.article]]
            gold = row.cluster is not None and sizes[row.cluster] > 1
            roles = {credit.role for credit in of[share.article].credits}
            if gold:
                count.copies += 1
                count.own += bool(roles & set(PROVING))
                count.part += not roles & set(PROVING) and Role.PARTIAL in roles
                count.inferred += bool(share.inferred) and not roles & set(CREDITING)
                count.silent += facts.agency is None
            for credit in share.inferred:
                proof = told.rows[told.names[credit.source_article or 0]]
                line = (
                    f"{row.source}: {row.title[:60]} [{row.id}] -> {credit.agency},"
                    f" {credit.excerpt}"
                )
                if frozenset((row.id, proof.id)) in ignored:
                    neither.append(line)
                elif _is_wrong(row, proof, credit.agency, truth):
                    wrong.append(line)
                elif gold:
                    listed.append(line)
    yield from count.lines()
    yield from _leave_out(told)
    yield f"\npropagations to gold copies, proved by a copy of the same label: {len(listed)}"
    yield from (f"  {line}" for line in listed)
    yield f"\nalong pairs that count neither way: {len(neither)}"
    yield from (f"  {line}" for line in neither)
    yield f"\nwrong: {len(wrong)}"
    yield from (f"  {line}" for line in wrong)


def _is_wrong(
    row: importing.Row, proof: importing.Row, agency: str, truth: Mapping[str, str | None] | None
) -> bool:
    if truth is not None:
        return truth.get(row.id) != agency
    return row.cluster is None or row.cluster != proof.cluster


def _leave_out(told: Told) -> Iterator[str]:
    """Each credit hidden in turn: is it found again from the other copies of the story?"""
    tally: dict[float, Counter[str]] = defaultdict(Counter)
    usual = inference.INFERRED_SHARE
    for share in SHARES:
        inference.INFERRED_SHARE = share
        for members in told.stories.values():
            for member in members:
                said = {credit.agency for credit in proofs(member)}
                others = {c.agency for m in members if m is not member for c in proofs(m)}
                if not said or not others:
                    continue
                hidden = [replace(m, credits=()) if m is member else m for m in members]
                facts = provenance.tell(hidden)
                one = next(s for s in facts.shares if s.article == member.article)
                found = {credit.agency for credit in one.inferred}
                tally[share]["right" if found & said else "wrong" if found else "not found"] += 1
    inference.INFERRED_SHARE = usual
    yield "\ncredits hidden one at a time, and found again from the other copies"
    yield f"{'share asked for':18}{'right':>8}{'wrong':>8}{'not found':>11}"
    for share, found in tally.items():
        mark = "  (in force)" if share == usual else ""
        yield (f"{share:<18}{found['right']:8}{found['wrong']:8}{found['not found']:11}{mark}")


def confuse(told: Told, edits: Mapping[str, str], wires: Mapping[str, str]) -> Iterator[str]:
    """Relations by kind of edit: what `tell` said, and what copied and kept came from."""
    said: dict[str, Counter[Relation]] = defaultdict(Counter)
    shares: dict[str, list[Overlap]] = defaultdict(list)
    for members in told.stories.values():
        found = {share.article: share for share in provenance.tell(members).shares}
        for member in members:
            name = told.names[member.article]
            wire = told.bodies.get(wires.get(name, ""))
            if name not in edits or wire is None or name == wires[name]:
                continue
            mine = told.bodies[name]
            overlap = measure(mine.tokens, mine.shingles, wire.tokens, wire.shingles)
            merged = found[member.article].relation is Relation.MERGED
            said[edits[name]][Relation.MERGED if merged else relate(overlap)] += 1
            shares[edits[name]].append(overlap)
    heads = [each.value.replace(" ", "-") for each in RELATIONS]
    yield (
        f"\n{'edit':15}{'n':>4} {'copied':>7} {'kept':>6} {'own':>6} "
        + " ".join(f"{head:>15}" for head in heads)
    )
    for edit, found_here in sorted(
        shares.items(), key=lambda each: -_mean(each[1], "copied") - _mean(each[1], "kept")
    ):
        row = " ".join(f"{said[edit][each] or '.':>15}" for each in RELATIONS)
        means = " ".join(f"{_mean(found_here, name):6.2f}" for name in ("copied", "kept", "own"))
        yield f"{edit:15}{len(found_here):4}  {means} {row}"


def _mean(overlaps: Sequence[Overlap], name: str) -> float:
    return float(sum(getattr(each, name) for each in overlaps)) / len(overlaps)


def suite() -> Iterator[str]:
    """Our own suite: invented agencies, one a language, that every copy of a story is of."""
    from tests.gold.build import build
    from tests.gold.corpus import write

    corpus = build()
    keys, rules = suite_agencies.KEYS, Rules(agencies=suite_agencies.load())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "suite.jsonl"
        write(corpus, path, Path(folder) / "ignore.tsv")
        told = tell(path, rules)
    wires = {a.cluster: a.id for a in corpus.articles if a.edit == "wire"}
    copies = [a for a in corpus.articles if a.family == "story"]
    # Round-ups are made of the same wires; the second wires of merged pages credit nobody.
    sent = [a for a in corpus.articles if a.family in ("story", "round-up", "follow-up")]
    truth = {a.id: keys[a.outlet.language] for a in sent}
    yield from propagate(told, truth)
    yield from confuse(
        told, {a.id: a.edit for a in copies}, {a.id: wires[a.cluster] for a in copies}
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/provenance", description=__doc__)
    parser.add_argument("gold", nargs="?", type=Path, help="a labelled archive, JSON Lines")
    parser.add_argument("--ignore", type=Path, help="pairs of ids that count neither way")
    parser.add_argument("--suite", action="store_true", help="our own suite")
    options = parser.parse_args()
    if options.suite == bool(options.gold):
        parser.error("name an archive, or --suite")
    pairs = read_ignored(options.ignore) if options.ignore else []
    ignored = frozenset(map(frozenset, pairs))
    lines = suite() if options.suite else propagate(tell(options.gold, Rules()), None, ignored)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
