"""Keeps the cleaned texts of an archive in files that all workers map; compares nothing.

A text of 600 words takes 3.6 kB of words, 4.8 kB of shingles and half a kB of signature.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.core.minhash import PERMUTATIONS
from aggregator.core.overlap import Body
from aggregator.core.pages import SHOWN_UNDER_MANY, Print, make_body
from aggregator.core.rules import Rules
from aggregator.edge.engines.pagefile import open_pages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.int64]

KEPT_BODIES = 2048  # about 15 kB each
_COLUMNS = (
    "article", "outlet", "at", "holder", "first_at", "last_at", "least_outlet", "most_outlet",
    "words_end", "shingles_end",
)  # fmt: skip


class Writer:
    """Takes prints in order of articles, then says who holds each exact text."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words = (folder / "words.bin").open("wb")
        self._shingles = (folder / "shingles.bin").open("wb")
        self._signatures = (folder / "signatures.bin").open("wb")
        self._rows = array("q")  # article, outlet, time, ends of words and shingles
        self._digests = bytearray()
        self._ends = [0, 0]
        self.gates: dict[int, str] = {}  # by place
        self.dropped: dict[int, str] = {}

    def add(self, made: Print, *, outlet: int, at: int, title: str) -> None:
        """Keep one print."""
        place = len(self._rows) // 5
        words = "\0".join((title.replace("\0", " "), made.telling, made.tokens))
        self._ends[0] += self._words.write(words.encode("utf-8", "surrogatepass"))
        self._ends[1] += self._shingles.write(made.shingles.astype("<u8").tobytes()) // 8
        self._signatures.write(made.signature)
        self._digests += bytes.fromhex(made.digest)
        self._rows.extend((made.article, outlet, at, *self._ends))
        if made.gate is not None:
            self.gates[place] = made.gate
        if made.dropped != "[]":
            self.dropped[place] = made.dropped

    def doubles(self) -> list[list[int]]:
        """Places of comparable pages of one outlet that have one text, where there are several."""
        import numpy as np

        rows, digests = self._columns()
        order = np.flatnonzero(~self._gated(len(rows)))
        order = order[np.lexsort((order, rows[order, 1], digests[order, 1], digests[order, 0]))]
        starts = _starts(digests[order, 0], digests[order, 1], rows[order, 1])
        ends = np.append(starts[1:], len(order))
        several = np.flatnonzero(ends - starts > 1)
        return [order[starts[at] : ends[at]].tolist() for at in several]

    def finish(self, walls: Iterable[int]) -> None:
        """Gate these articles too, settle who holds each text, and write all of it down."""
        import numpy as np

        rows, digests = self._columns()
        place_of = {int(article): place for place, article in enumerate(rows[:, 0])}
        for article in walls:
            self.gates[place_of[article]] = SHOWN_UNDER_MANY
        columns = dict(zip(("article", "outlet", "at", "words_end", "shingles_end"), rows.T,
                           strict=True))  # fmt: skip
        count = len(rows)
        holder = np.full(count, -1, dtype=np.int64)
        first, last = columns["at"].copy(), columns["at"].copy()
        least, most = columns["outlet"].copy(), columns["outlet"].copy()
        order = np.lexsort((np.arange(count), digests[:, 1], digests[:, 0]))
        if count:
            of = _Groups(order, digests)
            least[order] = of.spread(np.minimum.reduceat(least[order], of.starts))
            most[order] = of.spread(np.maximum.reduceat(most[order], of.starts))
        runs = order[~self._gated(count)[order]]
        if len(runs):
            of = _Groups(runs, digests)
            firsts = runs[of.starts]
            holder[runs] = of.spread(firsts)
            first[firsts] = np.minimum.reduceat(columns["at"][runs], of.starts)
            last[firsts] = np.maximum.reduceat(columns["at"][runs], of.starts)
        columns |= {"holder": holder, "first_at": first, "last_at": last,
                    "least_outlet": least, "most_outlet": most}  # fmt: skip
        for name in _COLUMNS:
            np.save(self._folder / f"{name}.npy", np.ascontiguousarray(columns[name]))
        np.save(self._folder / "digests.npy", digests)
        for file in (self._words, self._shingles, self._signatures):
            file.close()

    def _columns(self) -> tuple[Column, NDArray[np.uint64]]:
        import numpy as np

        rows = np.frombuffer(self._rows, dtype=np.int64).reshape(-1, 5)
        return rows, np.frombuffer(bytes(self._digests), dtype=">u8").reshape(-1, 2).astype("u8")

    def _gated(self, count: int) -> Any:
        import numpy as np

        gated = np.zeros(count, dtype=bool)
        gated[list(self.gates)] = True
        return gated


def _starts(*columns: Any) -> Any:
    """Where, in columns sorted together, each run of equal rows begins."""
    import numpy as np

    if not len(columns[0]):
        return np.empty(0, dtype=np.int64)
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(new)


class _Groups:
    """Runs of equal digests among places sorted by digest."""

    def __init__(self, order: Any, digests: Any) -> None:
        import numpy as np

        self.starts = _starts(digests[order, 0], digests[order, 1])
        self._counts = np.diff(np.append(self.starts, len(order)))

    def spread(self, values: Any) -> Any:
        """One value a run, for each of its members."""
        import numpy as np

        return np.repeat(values, self._counts)


class TextFile:
    """The texts of a folder by place, which is the order of their articles."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        import numpy as np

        # Plain arrays over what is mapped: numpy's own class for it takes twice as long to cut.
        def load(name: str) -> Any:
            return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

        def mapped(name: str, kind: str) -> Any:
            path = folder / f"{name}.bin"
            if not path.stat().st_size:  # an empty file cannot be mapped
                return np.empty(0, kind)
            return np.asarray(np.memmap(path, dtype=kind, mode="r"))

        self.rules = rules
        self.column: Mapping[str, Any] = {name: load(name) for name in _COLUMNS}
        self.digests = load("digests")
        self._words = mapped("words", "u1")
        self._shingles = mapped("shingles", "<u8")
        self.signatures = mapped("signatures", "<u4").reshape(-1, PERMUTATIONS)
        self._kept: OrderedDict[int, Body] = OrderedDict()

    def __len__(self) -> int:
        return len(self.column["article"])

    def digest(self, place: int) -> str:
        """The digest of a text."""
        return str(self.digests[place].astype(">u8").tobytes().hex())

    def shingles(self, place: int) -> Any:
        """The shingles of a text: sorted uint64."""
        ends = self.column["shingles_end"]
        return self._shingles[ends[place - 1] if place else 0 : ends[place]]

    def body(self, place: int) -> Body:
        """The text of a place with all its runs and outlets, keyed by its article."""
        body = self._kept.get(place)
        if body is None:
            ends, column = self.column["words_end"], self.column
            words = self._words[ends[place - 1] if place else 0 : ends[place]].tobytes()
            title, telling, tokens = words.decode("utf-8", "surrogatepass").split("\0")
            body = make_body(
                key=int(column["article"][place]), tokens=tokens, telling=telling, title=title,
                shingles=self.shingles(place),
                outlets={int(column["least_outlet"][place]), int(column["most_outlet"][place])},
                first_at=int(column["first_at"][place]), last_at=int(column["last_at"][place]),
            )  # fmt: skip
            self._kept[place] = body
            if len(self._kept) > KEPT_BODIES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(place)
        return body

    def place(self, article: int) -> int:
        """Where an article stands."""
        import numpy as np

        return int(np.searchsorted(self.column["article"], article))

    def holds(self, article: int) -> bool:
        """Whether an article is among these."""
        place = self.place(article)
        return place < len(self) and int(self.column["article"][place]) == article

    def get(self, db: Any, article: int) -> Body:
        """The body of an article; the database is not asked."""
        return self.body(self.place(article))


@lru_cache(maxsize=1)
def open_texts(folder: Path, rules: str) -> TextFile:
    """The texts of a folder, opened once in a process; `rules` as JSON."""
    return TextFile(folder, rules_of(rules))


def forget() -> None:
    """Let go of the files of the last folder, which take their room on disk as long as held."""
    open_texts.cache_clear()
    open_pages.cache_clear()


@lru_cache(maxsize=4)
def rules_of(stored: str) -> Rules:
    """Rules from their JSON, read once in a process."""
    return Rules.from_json(stored)
