"""The line that `memory` and `duckdb` share: texts in worker processes, joins on a shelf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from aggregator.core import fingerprint
from aggregator.core.pages import Kept
from aggregator.edge.engines import tasks
from aggregator.edge.engines.contract import Job, Texts
from aggregator.edge.engines.crew import Crew
from aggregator.edge.engines.gathering import Gathering, parts
from aggregator.edge.engines.shelf import MemoryShelf, Shelf
from aggregator.edge.engines.texts import TextFile, Writer, open_texts
from aggregator.model import Match

PAGES = 250  # in a task: a second of work
PAIRS = 20_000
SENTENCES = 400
COMPONENTS = 200


def memory(job: Job) -> Line:
    """Cluster with all keys in memory: up to about 500,000 articles."""
    return Line(job, MemoryShelf())


class Line:
    """An archive being clustered stage by stage, and then its answer."""

    def __init__(self, job: Job, shelf: Shelf) -> None:
        self._job = job
        self._where = tasks.Where(job.folder, job.rules.to_json())
        self._shown: dict[tuple[int, int], str] = {}
        with Crew(job.workers) as crew:
            self._crew = crew
            try:
                self._learn(shelf)
                self._writer = self._print()
                self._texts = TextFile(job.folder, job.rules)
                self._propose(shelf)
                self._pairs = list(self._decide(shelf))
                self._groups = self._fold(shelf)
            finally:
                shelf.close()

    def _ranges(self) -> Iterator[tuple[tasks.Where, int, int]]:
        for start in range(0, self._job.count, PAGES):
            yield self._where, start, min(start + PAGES, self._job.count)

    def _tell(self, stage: str, total: int) -> Callable[[int], None]:
        done = 0
        self._job.progress(stage, 0, total)

        def count(more: int) -> None:
            nonlocal done
            done += more
            self._job.progress(stage, done, total)

        return count

    def _learn(self, shelf: Shelf) -> None:
        """Find what each outlet repeats, and leave it where workers find it."""
        import numpy as np

        tell = self._tell("sentences", self._job.count)
        for rows in self._crew.map(tasks.list_sentences, self._ranges()):
            shelf.add_sentences(rows)
            tell(PAGES)
        tell = self._tell("templates", 0)
        certain, doubtful = shelf.repeated(self._job.rules.template_pages)
        found = [(int(outlet), int(key)) for outlet, key in certain.tolist()]
        weighed = ((self._where, part) for part in parts(doubtful, SENTENCES))
        for more in self._crew.map(tasks.weigh, weighed):
            found += more
            tell(SENTENCES)
        rows = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
        np.save(self._job.folder / "templates.npy", rows)

    def _print(self) -> Writer:
        """Clean and fingerprint every page, and settle which texts are walls."""
        writer = Writer(self._job.folder)
        tell = self._tell("prints", self._job.count)
        for prints in self._crew.map(tasks.make_prints, self._ranges()):
            for made, outlet, at, title in prints:
                writer.add(made, outlet=outlet, at=at, title=title)
                for key, sentence in made.templates.items():
                    self._shown.setdefault((outlet, key), sentence)
            tell(len(prints))
        doubles = ((self._where, part) for part in parts(iter(writer.doubles()), PAGES))
        writer.finish(one for found in self._crew.map(tasks.find_walls, doubles) for one in found)
        return writer

    def _propose(self, shelf: Shelf) -> None:
        """Put the keys of all holders on the shelf."""
        import numpy as np

        texts = self._texts
        tell = self._tell("keys", len(texts))
        holder = np.asarray(texts.column["holder"])
        holders = np.flatnonzero(holder == np.arange(len(texts)))
        for at in range(0, len(holders), 4096):
            places = holders[at : at + 4096]
            samples = [_samples(texts, place) for place in places.tolist()]
            shelf.add_keys(
                places,
                np.asarray(texts.signatures[places]),
                np.concatenate(samples).view(np.int64),
                np.repeat(places, [len(each) for each in samples]),
            )
            tell(len(places))

    def _decide(self, shelf: Shelf) -> Iterator[Match]:
        """Compare what shares keys."""
        tell = self._tell("pairs", 0)
        self.proposed = 0
        sizes = _sizes(self._texts)

        def chunks() -> Iterator[tuple[tasks.Where, Any]]:
            for pairs in shelf.candidates(sizes):
                self.proposed += len(pairs)
                for at in range(0, len(pairs), PAIRS):
                    yield self._where, pairs[at : at + PAIRS]

        for found in self._crew.map(tasks.decide, chunks()):
            yield from found
            tell(PAIRS)

    def _fold(self, shelf: Shelf) -> list[list[int]]:
        """All groups as articles: what stands alone, and each component folded."""
        gathering = Gathering(self._texts, self._job, self._pairs)
        joined = gathering.components(shelf)
        tell = self._tell("fold", len(joined))
        folding = ((self._where, part) for part in parts(gathering.tasks(joined), COMPONENTS))
        folded = []
        for found in self._crew.map(tasks.fold, folding):
            folded += found
            tell(len(found))
        return gathering.groups(joined, folded)

    # The answer.

    def templates(self) -> dict[tuple[int, int], str]:
        """Sentences by outlet and key."""
        return self._shown

    def sentences(self) -> Iterator[Any]:
        """Rows of outlet, sentence key and article."""
        import numpy as np

        articles = np.asarray(self._texts.column["article"])
        for where, start, _ in self._ranges():
            rows = np.load(tasks.sentence_file(where, start))
            rows[:, 2] = articles[rows[:, 2]]
            yield rows

    def prints(self) -> Iterator[Kept]:
        """All prints, by article."""
        texts, writer = self._texts, self._writer
        sizes, column = _sizes(texts), texts.column
        for place in range(len(texts)):
            holder = int(column["holder"][place])
            stands = holder == place
            yield Kept(
                article=int(column["article"][place]),
                holder=None if stands or holder < 0 else int(column["article"][holder]),
                shingles=int(sizes[place]),
                gate=writer.gates.get(place),
                digest=texts.digest(place),
                first_at=int(column["first_at"][place]),
                last_at=int(column["last_at"][place]),
                dropped=writer.dropped.get(place, "[]"),
                signature=texts.signatures[place].tobytes() if stands else None,
                samples=fingerprint.sample_keys(texts.shingles(place)) if stands else (),
            )

    def pairs(self) -> Iterator[Match]:
        """Verified pairs of holders, by article."""
        return iter(self._pairs)

    def groups(self) -> list[list[int]]:
        """The stories, singles included, as sorted articles."""
        return self._groups

    def texts(self) -> Texts:
        """Bodies of what was compared."""
        return open_texts(*self._where)


def _sizes(texts: TextFile) -> Any:
    """Shingles of each text."""
    import numpy as np

    return np.diff(np.asarray(texts.column["shingles_end"]), prepend=0)


def _samples(texts: TextFile, place: int) -> Any:
    """Sampled shingles of a text, as `fingerprint.sample_keys` chooses them."""
    import numpy as np

    return np.array(fingerprint.sample_keys(texts.shingles(place)), dtype=np.int64)
