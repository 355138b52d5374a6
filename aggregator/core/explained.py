"""The values of two articles compared, and how they are told; compares nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.core import corrected, fingerprint
from aggregator.core.contract import ExplainDict, ExplainedSideDict
from aggregator.model import Correction, Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two articles."""

    article: int
    outlet: str
    title: str
    url: str
    published_at: str
    words: int
    shingles: int
    story: int | None
    gate: str | None
    dropped: int  # template sentences left out

    def to_dict(self) -> ExplainedSideDict:
        """`a` or `b` of the contract."""
        return {
            "article": self.article,
            "outlet": self.outlet,
            "title": self.title,
            "url": self.url,
            "published_at": self.published_at,
            "words": self.words,
            "shingles": self.shingles,
            "story": self.story,
            "gate": self.gate,
            "dropped": self.dropped,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Two articles compared, with every number the decision rests on."""

    a: Side
    b: Side
    pair: Match
    estimate: float
    shared_bands: int
    longest: str  # the longest passage in common, normalised
    rule: str
    together: tuple[Correction, ...] = ()  # by which a person holds them in one story
    apart: tuple[Correction, ...] = ()  # by which a person keeps them in two

    def to_dict(self) -> ExplainDict:
        """The contract of `explain --json`."""
        pair = self.pair
        return {
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            "verdict": pair.verdict.value,
            "reason": pair.reason,
            "jaccard": round(pair.jaccard, 4),
            "a_in_b": round(pair.a_in_b, 4),
            "b_in_a": round(pair.b_in_a, 4),
            "shared_shingles": pair.shared,
            "estimated_jaccard": round(self.estimate, 4),
            "shared_bands": self.shared_bands,
            "longest_passage": self.longest,
            "rule": self.rule,
            "person": {
                "together": [corrected.to_dict(each) for each in self.together],
                "apart": [corrected.to_dict(each) for each in self.apart],
            },
        }

    def to_text(self) -> str:
        """The same for a terminal; nothing in it can steer one."""
        pair, lines = self.pair, []
        for name, side in (("A", self.a), ("B", self.b)):
            lines += [
                f"{name}  {side.outlet}, {side.published_at}: {side.title}",
                f"   {side.url}",
                f"   article {side.article}, story {side.story or 'none'}; {side.words} words,"
                f" {side.shingles} shingles, {side.dropped} repeated sentences left out",
            ]
            if side.gate:
                lines.append(f"   not compared: {side.gate}")
        lines += [
            f"verdict    {pair.verdict}: {pair.reason}",
            f"Jaccard    {pair.jaccard:.3f}, estimated {self.estimate:.3f} from MinHash",
            f"contained  {pair.a_in_b:.1%} of A in B, {pair.b_in_a:.1%} of B in A,"
            f" {pair.shared} shingles",
            f"proposed   by {self.shared_bands} of {fingerprint.BANDS} bands",
            f"longest    {self.longest or 'no passage of five words'}",
            f"rule       {self.rule}",
        ]
        for word, found in (("together", self.together), ("apart", self.apart)):
            lines += [f"{word:<10} {corrected.sentence(each)}" for each in found]
        return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)
