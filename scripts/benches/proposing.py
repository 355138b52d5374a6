"""What candidates cost: a text asked for and added, in memory, in the tables, by MinHashLSH.

The texts are synthetic keys: signatures of 128 values and 64 samples each, as texts of some 500
words have, and 15 % are near copies that keep half of either. Memory and tables propose by 64
bands and by samples; datasketch's `MinHashLSH` is given the same 64 bands of 2 rows and knows no
samples. Each round adds and asks for a batch more. Memory holds the newest texts whole and of older
ones a filter; what passes it is looked up in tables that hold some of the older ones. Each fourth
or fifth round the oldest of the whole ones go to the filter; a median does not see that, so the
mean over all rounds stands beside it.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measuring

SAMPLES = 64
BATCH = 1000
MOST_US, MOST_BYTES, MOST_SECONDS = 25.0, 1500.0, 10.0  # each; a text; a million texts


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many texts stand before, and how many rounds."""
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument(
        "--many", type=int, default=500_000, help="of these only the newest are hot"
    )
    parser.add_argument("--million", action="store_true", help="a million in place of `--many`")
    parser.add_argument("--rounds", type=int, default=5)


class Source:
    """An endless row of texts as they are stored: (article, shingles, signature, samples)."""

    def __init__(self) -> None:
        import numpy as np

        self.random = np.random.default_rng(1)
        self.last = 0
        self.before: Any = None

    def take(self, count: int) -> list[tuple[int, int, bytes, bytes]]:
        """The next texts; near copies are of those just before."""
        import numpy as np

        signatures = self.random.integers(0, 1 << 32, (count, 128), dtype=np.uint32)
        samples = self.random.integers(0, 1 << 61, (count, SAMPLES), dtype=np.uint64) * np.uint64(8)
        if self.before is not None:
            copies = int(count * 0.15)
            origin = self.random.integers(0, len(self.before[0]), copies)
            for made, old in zip((signatures, samples), self.before, strict=True):
                kept = self.random.random((copies, made.shape[1])) < 0.5
                made[:copies] = np.where(kept, old[origin], made[:copies])
        self.before = signatures, samples
        first = self.last + 1
        self.last += count
        return [
            (first + at, 8 * SAMPLES, signatures[at].tobytes(), samples[at].tobytes())
            for at in range(count)
        ]


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Interleaved rounds at each size, then the start from stored rows."""
    if options.million:  # some minutes
        options.many = 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        plain, grown = _datasketch(options.few, options.rounds)
        tables, store = _tables(options.few, options.rounds, Path(folder))
        small, few = _memory(options.few, options.rounds, store)
        large, many = _memory(options.many, options.rounds, store)
        single, _ = _memory(options.few, options.rounds, store, batch=1)
        ways = {
            "datasketch": plain, "memory": small, "memory, many texts": large,
            "memory, one at a time": single, "tables": tables,
        }  # fmt: skip
        gc.freeze()  # else a way is charged for a look through all that another way holds
        found = measuring.rounds(ways, options.rounds)
        started = _start(5 * options.few, Path(folder))
    held = {"memory": few, "memory, many texts": many}
    rows: list[dict[str, Any]] = []
    for name, (spent, _) in found.items():
        row: dict[str, Any] = {
            "what": name, "texts": options.many if name == "memory, many texts" else options.few,
            "us CPU each": spent, "datasketch / this": found["datasketch"][0] / spent,
        }  # fmt: skip
        if name == "datasketch":
            row["bytes a text"] = grown
        if name in held:
            index, looked_up, each = held[name]
            row["mean"] = sum(each) / len(each)
            row["bytes a text"] = size = index.nbytes / len(index)
            row["looked up a text"] = sum(looked_up) / BATCH / options.rounds
            row["promise"] = f"<= {MOST_US:.0f} us, <= {MOST_BYTES:.0f} bytes"
            row["kept"] = spent <= MOST_US and size <= MOST_BYTES
        rows.append(row)
    rows.append({
        "what": "start from stored rows", "texts": 5 * options.few, "us CPU each": started,
        "promise": f"<= {MOST_SECONDS:.0f} us: seconds a million", "kept": started <= MOST_SECONDS,
    })  # fmt: skip
    told = f"{BATCH} texts asked for and added in each of {options.rounds} rounds"
    return {"told": told, "rows": rows}


def _columns(texts: list[Any]) -> tuple[list[int], list[int], Any]:
    from aggregator.core.keys import Keys

    articles, sizes, signatures, samples = zip(*texts, strict=True)
    return list(articles), list(sizes), Keys(signatures, samples)


def _memory(
    standing: int, rounds: int, store: Any, batch: int = BATCH
) -> tuple[Callable[[], int], tuple[Any, list[int], list[float]]]:
    """What `Proposer` does for waiting texts.

    Also its index, how many keys each batch looked up, and what a text took in each round (us).
    """
    from aggregator.core.hotindex import HOT, HotIndex
    from aggregator.edge.store import comparing

    source, index, looked_up, spent = Source(), HotIndex(standing), list[int](), list[float]()
    sizes = (min(4096, standing - at) for at in range(0, standing, 4096))
    index.load((_columns(source.take(size)) for size in sizes), hot=standing - HOT)
    ready = [source.take(BATCH) for _ in range(rounds)]

    def lookup(keys: Any) -> Any:
        looked_up.append(len(keys))
        return comparing.holders(store.connection, keys)

    def work() -> int:
        texts = ready.pop(0)
        began = time.process_time()
        for start in range(0, BATCH, batch):
            index.add_asking(*_columns(texts[start : start + batch]), lookup)
        spent.append((time.process_time() - began) / BATCH * 1e6)
        return BATCH

    return work, (index, looked_up, spent)


def _datasketch(standing: int, rounds: int) -> tuple[Callable[[], int], float]:
    import numpy as np
    from datasketch import MinHash, MinHashLSH

    source, index = Source(), MinHashLSH(params=(64, 2), num_perm=128)
    pattern = MinHash(num_perm=128, seed=1, scheme="affine32")

    def sketch(signature: bytes) -> Any:
        return MinHash(
            hashvalues=np.frombuffer(signature, np.uint32), permutations=pattern.permutations,
            scheme="affine32", seed=1,
        )  # fmt: skip

    before = measuring.resident()
    for article, _, signature, _ in source.take(standing):
        index.insert(article, sketch(signature))
    grown = (measuring.resident() - before) / standing
    ready = [source.take(BATCH) for _ in range(rounds)]

    def work() -> int:
        for article, _, signature, _ in ready.pop(0):
            made = sketch(signature)
            index.query(made)
            index.insert(article, made)
        return BATCH

    return work, grown


def _tables(standing: int, rounds: int, folder: Path) -> tuple[Callable[[], int], Any]:
    """The rows that signing writes for a text, and the store's own questions about them."""
    from aggregator.edge.store import Store, comparing

    store, source = Store(folder / "tables.db"), Source()
    store.connection.execute("PRAGMA foreign_keys = OFF")  # keys alone: no articles behind
    for start in range(0, standing, BATCH):
        _write(store, source.take(min(BATCH, standing - start)), keys=True)
    ready = [source.take(BATCH) for _ in range(rounds)]

    def work() -> int:
        texts = ready.pop(0)
        _write(store, texts, keys=True)
        with store.write() as db:
            for text in texts:
                comparing.candidates(db, text[0])
        return BATCH

    return work, store


def _write(store: Any, texts: list[Any], *, keys: bool) -> None:
    import numpy as np

    from aggregator.core import fingerprint

    with store.write() as db:
        for article, size, signature, samples in texts:
            db.execute(
                "INSERT INTO fingerprints (article, outlet, shingles, recipe, digest, first_at,"
                " last_at, signature, samples) VALUES (?, 1, ?, 'r', ?, '', '', ?, ?)",
                [article, size, f"{article:032}", signature, samples],
            )
            if keys:
                bands = fingerprint.band_keys(np.frombuffer(signature, "<u4"))
                db.executemany(
                    "INSERT INTO bands (band, key, article) VALUES (?, ?, ?)",
                    [(band, key, article) for band, key in enumerate(bands)],
                )
                db.executemany(
                    "INSERT INTO samples (key, article) VALUES (?, ?)",
                    [(key, article) for key in np.frombuffer(samples, "<i8").tolist()],
                )


def _start(standing: int, folder: Path) -> float:
    """CPU seconds a million texts (microseconds a text), from rows to an index that answers."""
    from aggregator.edge.store import Store
    from aggregator.edge.store.proposing import Proposer

    with Store(folder / "start.db") as store:
        store.connection.execute("PRAGMA foreign_keys = OFF")
        source = Source()
        for start in range(0, standing, BATCH):
            _write(store, source.take(min(BATCH, standing - start)), keys=False)
        times = []
        for _ in range(3):
            began = time.process_time()
            with store.write() as db:
                Proposer(always=True).propose(db, [standing])
            times.append((time.process_time() - began) / standing * 1e6)
    return sorted(times)[1]
