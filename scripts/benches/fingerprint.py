"""What a signature costs: from the raw text and from its tokens, beside datasketch's own path.

Both sides cut the text into the same tokens, and both give 128 permutations of datasketch's
`affine32` scheme from runs of five tokens. The plain way joins each run into a string and hands
all of a text's to `MinHash.update_batch`, as datasketch's documentation has it, with datasketch's
own hash (sha1). What is promised is promised from the text. `fingerprint` is what the store makes:
signature, band keys, samples, digest.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import measuring

ASKED = {"numpy": 4.5, "compiled": 25.0}


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many texts and rounds, and which texts."""
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--file", type=Path, help="JSON Lines with a `text`; else invented ones")


def read_texts(file: Path | None, count: int) -> list[str]:
    """Texts of a file, or invented ones with the quotes, dashes and accents of a desk."""
    if file is not None:
        opener: Any = gzip.open if file.suffix == ".gz" else open
        with opener(file, "rt", encoding="utf-8") as lines:
            return [json.loads(line)["text"] for line in islice(lines, count)]
    from scripts import corpus

    chance = random.Random(1)  # noqa: S311
    found = []
    for article in corpus.articles(count, seed=1):
        written = []
        for words in article.own:
            sentence = " ".join(words).capitalize()
            dressed = (
                f"\u201c{sentence},\u201d she said.", f"{sentence} \u2014 so far.",
                f"{sentence}.", f"{sentence}, caf\u00e9 or not." if len(found) % 8 == 0
                else f"{sentence}, it\u2019s said.",
            )  # fmt: skip
            written.append(chance.choice(dressed))
        found.append("\n".join(written))
    return found


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Interleaved rounds of each way, from the text and from its tokens."""
    from aggregator.core import compiled, sketch, text

    texts = read_texts(options.file, options.texts)
    tokens = [text.tokens(body) for body in texts]
    kernels = compiled.load()
    ways: dict[str, dict[str, Callable[[], int]]] = {
        "text": {
            "datasketch": _each(texts, lambda body: _plain(text.tokens(body))),
            "numpy": _each(texts, sketch.sketch_text),
        },
        "tokens": {
            "datasketch": _each(tokens, _plain),
            "numpy": _each(tokens, sketch.sketch_tokens),
        },
    }
    if kernels is not None:
        ways["text"]["compiled"] = _each(texts, lambda body: sketch.sketch_text(body, kernels))
        ways["tokens"]["compiled"] = _each(tokens, lambda t: sketch.sketch_tokens(t, kernels))
    ways["tokens"] |= _fingerprints(tokens)
    for each in ways.values():  # tables, compiled loops and the caches of words
        for work in each.values():
            work()
    found = measuring.rounds(
        {f"{start}: {name}": work for start, each in ways.items() for name, work in each.items()},
        options.rounds,
    )
    rows = []
    for label, (spent, _) in found.items():
        start, _, name = label.partition(": ")
        ratio = found[f"{start}: datasketch"][0] / spent
        row = {"from": start, "way": name, "us CPU each": spent, "datasketch / this": ratio}
        if start == "text" and name in ASKED:
            row["promise"], row["kept"] = f">= {ASKED[name]}", ratio >= ASKED[name]
        rows.append(row)
    words = sum(map(len, tokens)) / len(tokens)
    plain = "" if kernels else "; numba is not installed, so the compiled way is left out"
    return {
        "told": f"{len(texts)} texts of {words:.0f} tokens on average, {options.rounds} rounds"
        + plain,
        "rows": rows,
    }


def _each(items: list[Any], work: Callable[[Any], Any]) -> Callable[[], int]:
    def all_of_them() -> int:
        for item in items:
            work(item)
        return len(items)

    return all_of_them


def _plain(tokens: list[str]) -> Any:
    from datasketch import MinHash

    made = MinHash(num_perm=128, seed=1, scheme="affine32")
    made.update_batch([" ".join(tokens[at : at + 5]).encode() for at in range(len(tokens) - 4)])
    return made


def _fingerprints(tokens: list[list[str]]) -> dict[str, Callable[[], int]]:
    """The whole fingerprint, beside the same from datasketch's signature."""
    from aggregator.core import fingerprint

    return {"fingerprint": _each(tokens, fingerprint.fingerprint_tokens)}
