"""What Spark's workers do with batches of rows: the functions of core on Arrow columns."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from aggregator.core import grouping, match, pages, template, text
from aggregator.core.corrections import Bonds
from aggregator.core.overlap import Body
from aggregator.core.pages import Page
from aggregator.edge.engines.texts import rules_of
from aggregator.model import MatchVerdict

Rows = list[dict[str, Any]]

PAGES = "article long, outlet long, key string, title string, listed string, at long, text string"
SENTENCES = "outlet long, sentence long, article long"
SKETCHES = "article long, sketch string"
TEMPLATES = "outlet long, sentence long"
PRINTS = (
    "article long, outlet long, key string, title string, at long, digest string, gate string,"
    " dropped string, telling string, tokens string, size long, signature binary,"
    " samples array<long>, bands array<long>, shown string"
)
PAIRS = (
    "a long, b long, verdict string, jaccard double, a_in_b double, b_in_a double, shared long,"
    " reason string"
)
GROUPS = "story long, article long"
_TYPES = {"long": "int64", "string": "string", "double": "float64", "binary": "binary",
                "array<long>": "list"}  # fmt: skip


def batch_of(rows: Rows, schema: str) -> Any:
    """Rows as an Arrow batch of a schema as Spark writes it."""
    import pyarrow

    fields = []
    for column in schema.split(", "):
        name, kind = column.strip().split(" ")
        known = _TYPES[kind]
        found = pyarrow.list_(pyarrow.int64()) if known == "list" else getattr(pyarrow, known)()
        fields.append((name, found))
    return pyarrow.RecordBatch.from_pylist(rows, schema=pyarrow.schema(fields))


def _page(row: Mapping[str, Any]) -> Page:
    return Page(*(row[name] for name in Page._fields))


class Step(ABC):
    """A function of core over batches; carries the rules as JSON to wherever it runs."""

    def __init__(self, rules: str, schema: str) -> None:
        self.stored = rules
        self.schema = schema

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            yield batch_of(self.run(batch.to_pylist()), self.schema)

    @abstractmethod
    def run(self, rows: Rows) -> Rows:
        """What the rows of one batch give."""


class ReadLines(Step):
    """Lines of JSON into pages."""

    def run(self, rows: Rows) -> Rows:
        return [Page.from_line(row["value"])._asdict() for row in rows]


class ListSentences(Step):
    """Sentence keys of pages."""

    def run(self, rows: Rows) -> Rows:
        agencies = rules_of(self.stored).agencies
        return [
            {"outlet": row["outlet"], "sentence": key, "article": row["article"]}
            for row in rows
            for key in pages.sentence_keys(pages.strip(_page(row), agencies))
        ]


class Sketch(Step):
    """Pages as `template` looks at them."""

    def run(self, rows: Rows) -> Rows:
        agencies = rules_of(self.stored).agencies
        found = []
        for row in rows:
            made = pages.sketch(_page(row), agencies)
            sketch = [made.key, sorted(made.title), made.told, sorted(made.sentences),
                      sorted(made.numbers)]  # fmt: skip
            found.append({"article": row["article"], "sketch": json.dumps(sketch)})
        return found


class MakePrints(Step):
    """Pages with the templates that stand on them into prints."""

    def run(self, rows: Rows) -> Rows:
        return [self._print(row) for row in rows]

    def _print(self, row: dict[str, Any]) -> dict[str, Any]:
        import numpy as np

        from aggregator.core import fingerprint

        rules = rules_of(self.stored)
        cut = pages.cut(pages.strip(_page(row), rules.agencies))
        made = pages.make_print(row["article"], cut, frozenset(row["keys"] or ()), rules)
        kept = {name: row[name] for name in ("article", "outlet", "key", "title", "at")}
        kept |= {name: getattr(made, name) for name in
                 ("digest", "gate", "dropped", "telling", "tokens", "signature")}  # fmt: skip
        signature = np.frombuffer(made.signature, dtype="<u4")
        return kept | {
            "size": len(made.shingles),
            "samples": list(fingerprint.sample_keys(made.shingles)),
            "bands": list(fingerprint.band_keys(signature)),
            "shown": json.dumps(sorted(made.templates.items())),
        }


@lru_cache(maxsize=2048)  # about 15 kB each; pairs come by their first text
def _shingles(tokens: str) -> Any:
    return text.shingles(tokens.split(" ")) if tokens else text.shingles([])


def _body(row: Mapping[str, Any], side: str) -> Body:
    return pages.make_body(
        key=row[f"{side}_article"], tokens=row[f"{side}_tokens"],
        telling=row[f"{side}_telling"], shingles=_shingles(row[f"{side}_tokens"]),
        title=row[f"{side}_title"], outlets={row[f"{side}_least"], row[f"{side}_most"]},
        first_at=row[f"{side}_first"], last_at=row[f"{side}_last"],
    )  # fmt: skip


class Decide(Step):
    """Pairs of texts, side by side, into verdicts; those with nothing in common are left out."""

    def run(self, rows: Rows) -> Rows:
        rule, found = rules_of(self.stored).thresholds, []
        for row in rows:
            mine, theirs = _shingles(row["one_tokens"]), _shingles(row["other_tokens"])
            if not match.shingles_share_much(mine, theirs, rule):
                continue
            pair = match.compare(_body(row, "one"), _body(row, "other"), rule)
            if pair.verdict is not MatchVerdict.NO:
                kept = {name: getattr(pair, name) for name in pair.__slots__}
                found.append(kept | {"verdict": str(pair.verdict)})
        return found


class Group(Step):
    """A step over all rows of one group, as one table."""

    def __call__(self, table: Any) -> Any:
        import pyarrow

        return pyarrow.Table.from_batches([batch_of(self.run(table.to_pylist()), self.schema)])


def grouped(step: Group) -> Any:
    """The step as a bare function: Spark reads the hints of anything else, and fails on ours."""
    return lambda table: step(table)


class Weigh(Group):
    """One sentence of one outlet with sketches of all its pages: kept when it is template."""

    def run(self, rows: Rows) -> Rows:
        sketches = []
        for row in rows:
            key, title, told, sentences, numbers = json.loads(row["sketch"])
            sketches.append(
                template.PageSketch(
                    key=key, title=frozenset(title), told=told, sentences=frozenset(sentences),
                    numbers=frozenset(numbers),
                )
            )  # fmt: skip
        if not template.is_template(sketches, len(rows), rules_of(self.stored).template_pages):
            return []
        return [{"outlet": rows[0]["outlet"], "sentence": rows[0]["sentence"]}]


class FindWalls(Group):
    """Pages of one outlet with one text: those that are walls."""

    def run(self, rows: Rows) -> Rows:
        return [{"wall": one} for one in pages.find_walls([_page(row) for row in rows])]


class Fold(Group):
    """The texts of one component with their verified neighbours into stories."""

    def __init__(self, rules: str, schema: str, bonds: Bonds) -> None:
        super().__init__(rules, schema)
        self.bonds = bonds

    def run(self, rows: Rows) -> Rows:
        groups = self._groups(rows)
        return [{"story": group[0], "article": one} for group in groups for one in group]

    def _groups(self, rows: Rows) -> list[list[int]]:
        rows = sorted(rows, key=lambda row: row["article"])
        compared = [row for row in rows if row["gate"] is None]
        behind: dict[str, list[int]] = {}
        for row in compared:
            behind.setdefault(row["digest"], []).append(row["article"])
        names = {row["article"]: row["key"] for row in rows}
        bonds = self.bonds if any(one in self.bonds.label for one in names) else Bonds()
        sides = grouping.sides_of(behind, names, bonds)
        firsts = {side[0] for side in sides[0]}
        return grouping.partition(
            behind,
            [row["article"] for row in rows if row["gate"] is not None],
            names,
            {(row["digest"], other) for row in compared for other in row["others"] or ()},
            {row["article"]: _plain(row) for row in compared if row["article"] in firsts},
            bonds=bonds,
            sides=sides,
            rule=rules_of(self.stored).thresholds,
        )


def _plain(row: Mapping[str, Any]) -> Body:
    return pages.make_body(
        key=row["article"], tokens=row["tokens"], telling=row["telling"],
        shingles=_shingles(row["tokens"]),
    )  # fmt: skip
