"""The remarks under the table of a story: dates not believed, proofs, parts of other stories."""

from __future__ import annotations

from aggregator.core.whose import inferred_words, parent_words
from aggregator.core.wording import one_line
from aggregator.model import Story


def footnotes(story: Story) -> tuple[str, ...]:
    """One line a remark, in order of publication; contradictions stand in the answers."""
    told: list[str] = []
    for copy in story.copies:
        outlet = one_line(copy.outlet) or "unnamed"
        remarks = [*inferred_words(copy, story), *parent_words(copy)]
        remarks += [one_line(copy.time_remark)] if copy.time_remark else []
        told += [f"{outlet}: {remark}" for remark in remarks]
    return tuple(told)
