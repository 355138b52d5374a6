"""Takes one page of an archive from its text to its print, as plain values; keeps nothing.

What `edge.store` does page by page as they arrive, an engine does here for a whole archive: the
rules are those of `clean`, `template`, `fingerprint` and `titles`, and none is added.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from aggregator.core import clean, credit, fingerprint, telling, template, text, titles
from aggregator.core.agencies import Agencies
from aggregator.core.overlap import Body
from aggregator.core.rules import Rules
from aggregator.core.sketch import sketch_tokens, when_worth

if TYPE_CHECKING:
    from aggregator.core.text import Shingles

SHOWN_UNDER_MANY = "the outlet shows this text under unrelated titles"
WALLS_LOOKED_AT = (
    50  # pages of one outlet with one text, the first by id, that each is held against
)


class Page(NamedTuple):
    """A page that may be compared: its verdict is good."""

    article: int
    outlet: int
    key: str  # url key
    title: str  # as the outlet shows it
    listed: str  # as the feed listed it; empty when it did not
    at: int  # seconds since 1970
    text: str

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(self, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str | bytes) -> Page:
        """The page of such a line."""
        return cls(*json.loads(line))


class Print(NamedTuple):
    """What is left of a page to be compared; shingles and samples are arrays of uint64."""

    article: int
    digest: str
    gate: str | None
    dropped: str  # JSON array of the template sentences left out
    tokens: str  # parted by single spaces
    telling: str  # names and numbers, likewise
    signature: bytes
    shingles: Shingles
    templates: dict[int, str]  # template sentences on this page, by key


class Kept(NamedTuple):
    """The print of one article as it is stored."""

    article: int
    holder: int | None  # who stands for this exact text; None when it does itself
    shingles: int
    gate: str | None
    digest: str
    first_at: int  # seconds since 1970; of a holder the first and last run of its text
    last_at: int
    dropped: str
    signature: bytes | None  # of a holder
    samples: tuple[int, ...]  # keys, of a holder


def strip(page: Page, agencies: Agencies) -> tuple[str, ...]:
    """The paragraphs of a page without its credits: what takes longest, so engines do it once."""
    return credit.strip_credit_lines(page.text, agencies)


def take_apart(page: Page, agencies: Agencies) -> tuple[clean.Sentence, ...]:
    """The sentences of a page as they are compared, its outlet's templates among them."""
    return clean.take_apart(strip(page, agencies))


class Cut(NamedTuple):
    """A stripped page, sentence by sentence, as it is kept until its outlet's templates are known.

    What `clean.take_apart` gives, without an object for each sentence.
    """

    sentences: list[str]
    tokens: list[str]  # parted by single spaces
    keys: list[int | None]


def cut(paragraphs: Iterable[str]) -> Cut:
    """A stripped page with the tokens and keys of its sentences."""
    sentences = text.sentences("\n".join(paragraphs))
    words = [text.tokens(sentence) for sentence in sentences]
    return Cut(sentences, [" ".join(w) for w in words], [text.sentence_key(w) for w in words])


def sentence_keys(paragraphs: Iterable[str]) -> list[int]:
    """Distinct keys of the sentences of a page that was stripped."""
    return distinct_keys(cut(paragraphs))


def distinct_keys(page: Cut) -> list[int]:
    """Distinct keys of the sentences of a page, in order."""
    return list(dict.fromkeys(key for key in page.keys if key is not None))


def sketch(page: Page, agencies: Agencies) -> template.PageSketch:
    """The page as `template` looks at it."""
    return template.sketch(
        key=page.key, title=page.listed or page.title, sentences=take_apart(page, agencies)
    )


def make_print(article: int, page: Cut, templates: Collection[int], rules: Rules) -> Print:
    """The print of a page, stripped and cut, of an outlet with these templates."""
    import numpy as np

    kept: list[str] = []
    spoken: list[str] = []  # tokens of a sentence each; "" for one of signs alone
    dropped: list[str] = []
    shown: dict[int, str] = {}
    for sentence, words, key in zip(*page, strict=True):
        if key is not None and key in templates:
            dropped.append(sentence)
            shown[key] = sentence
        else:
            kept.append(sentence)
            spoken.append(words)
    tokens = " ".join(filter(None, spoken))
    names = telling.find(kept)
    found = tokens.split()
    # Only what a print holds: the keys of its bands and samples are made where they are joined.
    made = sketch_tokens(found, when_worth())
    return Print(
        article=article,
        digest=fingerprint.digest(found, names),
        gate=_gate(len(made.shingles), len(dropped), rules),
        dropped=json.dumps(dropped, ensure_ascii=False),
        tokens=tokens,
        telling=" ".join(sorted(names)),
        signature=made.signature.astype("<u4").tobytes(),
        shingles=np.sort(made.shingles),
        templates=shown,
    )


def _gate(shingles: int, dropped: int, rules: Rules) -> str | None:
    if shingles >= rules.thresholds.min_shingles:
        return None
    if dropped:
        return f"{shingles} shingles besides {dropped} sentences the outlet repeats"
    return f"{shingles} shingles: too short to compare"


def find_walls(pages: Sequence[Page]) -> list[int]:
    """Those of one outlet's pages with one text that stand under unrelated titles."""
    ordered = sorted(pages, key=lambda page: page.article)
    named = [titles.words_of(page.listed or page.title) for page in ordered]
    found = []
    for at, page in enumerate(ordered):
        words = frozenset(text.tokens(page.text))
        others = [name for place, name in enumerate(named[: WALLS_LOOKED_AT + 1]) if place != at]
        if any(_is_unlike(named[at], other, words) for other in others[:WALLS_LOOKED_AT]):
            found.append(page.article)
    return found


def _is_unlike(mine: frozenset[str], other: frozenset[str], words: frozenset[str]) -> bool:
    if titles.agree(mine, other):
        return False
    return not (titles.is_told(mine, words) and titles.is_told(other, words))


def make_body(
    *,
    key: int,
    tokens: str,
    telling: str,
    shingles: Any,
    title: str = "",
    outlets: Collection[int] = (),
    first_at: int = 0,
    last_at: int = 0,
) -> Body:
    """A text of an archive ready to be compared; times are seconds since 1970."""
    return Body(
        key=key,
        tokens=tuple(tokens.split(" ")) if tokens else (),
        shingles=shingles,
        title=frozenset(text.tokens(title)),
        outlets=frozenset(map(str, outlets)),
        telling=frozenset(telling.split(" ")) if telling else frozenset(),
        first_at=datetime.fromtimestamp(first_at, UTC),
        last_at=datetime.fromtimestamp(last_at, UTC),
    )


def band_columns(signatures: Any) -> Any:
    """Band keys of many signatures, those of `fingerprint.band_keys`: int64, a column a band.

    `signatures` are uint32 of shape (n, rows); fewer rows than a signature has give fewer bands.
    """
    import numpy as np

    bands = min(fingerprint.BANDS, signatures.shape[1] // fingerprint.ROWS)
    rows = signatures[:, : bands * fingerprint.ROWS].astype(np.uint64)
    parts = rows.reshape(-1, bands, fingerprint.ROWS)
    return ((parts[:, :, 0] << np.uint64(32)) | parts[:, :, 1]).view(np.int64)
