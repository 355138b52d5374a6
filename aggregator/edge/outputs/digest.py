"""A report as a digest: plain text for a terminal or a mail, and HTML that mail programs read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.core.answers import answers, summary
from aggregator.core.digest import copy_words, digest_text, left, shown_copies, story_link
from aggregator.edge.outputs.pages import environment
from aggregator.edge.outputs.registry import Look, output
from aggregator.model import Report, Story


@output("digest", media_type="text/plain; charset=utf-8", suffix="txt")
def render_digest(report: Report, look: Look) -> str:
    """The text that an alert mails: for each story the answers, the copies and an address."""
    if look.story is not None:
        return digest_text("One story", [look.story], 1, report.made_at, look.base_url)
    return digest_text(
        summary(report), report.stories, report.total_stories, report.made_at, look.base_url
    )


def digest_html(
    heading: str, stories: Sequence[Story], total: int, made_at: datetime, base_url: str = ""
) -> str:
    """The same as HTML with no style sheet, image or address but those of the copies."""
    template = environment().get_template("aggregator/digest.html")
    return template.render(
        heading=heading,
        made_at=made_at,
        items=[
            (story, story_link(story, base_url), answers(story), *shown_copies(story))
            for story in stories
        ],
        rest=left(total, stories),
        copy_words=copy_words,
    )
