"""Tells stories in a few plain lines each, for mails, webhooks and the terminal; draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.core.answers import answers
from aggregator.core.contract import VERSION, AlertDict
from aggregator.core.figure import by_outlet
from aggregator.core.palette import relation_word
from aggregator.core.report import story_to_dict
from aggregator.core.times import stamp
from aggregator.core.whose import credit_words
from aggregator.core.wording import count, moment, one_line, percent, web_link
from aggregator.model import Copy, Story

COPIES_SHOWN = 12  # of one story, the earliest of each outlet
_POST_SHOWN = 20  # stories of one chat message


def story_link(story: Story, base_url: str) -> str:
    """Where a story can be read: its page where pages are served, else its lead copy's."""
    if base_url:
        return f"{base_url}/{story.id}"
    linked = [story.lead, *story.copies]
    return next((link for copy in linked if (link := web_link(copy.url))), "")


def copy_words(copy: Copy, story: Story) -> str:
    """What an outlet did: `lightly edited, 85 % copied, no credit`."""
    parts = [relation_word(copy)]
    if copy.copied is not None:
        parts.append(f"{percent(copy.copied)} copied")
    if credit := credit_words(copy, story):
        parts.append(credit)
    return ", ".join(part for part in parts if part)


def shown_copies(story: Story) -> tuple[tuple[Copy, ...], int]:
    """The copies that are told, and how many outlets are not."""
    copies = by_outlet(story)
    return copies[:COPIES_SHOWN], max(0, len(copies) - COPIES_SHOWN)


def story_lines(story: Story, base_url: str = "") -> list[str]:
    """One story: its headline, the three answers, what each outlet did, and where to read on."""
    lines = [one_line(story.title) or "Untitled"]
    for each in answers(story):
        sure = f" ({each.confidence} confidence)" if each.confidence else ""
        detail = f": {one_line(each.detail)}" if each.detail else ""
        lines.append(f"  {each.question} {one_line(each.answer)}{detail}{sure}")
    copies, more = shown_copies(story)
    for copy in copies:
        lines.append(f"  - {one_line(copy.outlet) or 'unnamed'}: {copy_words(copy, story)}")
    if more:
        lines.append(f"  - and {count(more, 'more outlet')}")
    if link := story_link(story, base_url):
        lines.append(f"  {link}")
    return lines


def digest_text(
    heading: str, stories: Sequence[Story], total: int, made_at: datetime, base_url: str = ""
) -> str:
    """Stories one under another, under a heading; those that are not shown are counted."""
    lines = [one_line(heading), moment(made_at), ""]
    for story in stories:
        lines += [*story_lines(story, base_url), ""]
    if rest := left(total, stories):
        lines += [rest, ""]
    return "\n".join(lines)


def left(total: int, stories: Sequence[Story]) -> str:
    """`and 12 more stories`; empty when all are shown."""
    rest = total - len(stories)
    return f"and {count(rest, 'more story', 'more stories')}" if rest > 0 else ""


def post_text(heading: str, stories: Sequence[Story], total: int, base_url: str = "") -> str:
    """The same for chat programs that take `{"text": …}`, in the markup that Slack and its
    likes share. No stranger's headline can ring a channel, set type or be an address."""
    told = stories[:_POST_SHOWN]
    lines = [f"*{_plain(heading)}*"]
    for story in told:
        title = _plain(one_line(story.title) or "Untitled")
        link = _address(story_link(story, base_url))
        found = answers(story)
        lines.append(
            f"• {f'<{link}|{title}>' if link else title}"
            f" ({_plain(found.spread.answer)}; {_plain(found.whose.answer)})"
        )
    if rest := left(total, told):
        lines.append(rest)
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text in which a chat program finds none of its marks: a word joiner parts the @ from a name
    that would ring everybody's bell, signs that set type from their words, and addresses."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for mark in "@*_~`[":
        safe = safe.replace(mark, f"{mark}\u2060")
    return safe.replace("://", ":\u2060//")


def _address(url: str) -> str:
    """An address that ends where it should: the marks of a link are percent-encoded."""
    for mark in "<>| ()[]":
        url = url.replace(mark, f"%{ord(mark):02X}")
    return url


def alert_to_dict(
    name: str, key: str, stories: Sequence[Story], total: int, made_at: datetime, *, test: bool
) -> AlertDict:
    """What a webhook gets as JSON; stories as in a report."""
    return {
        "version": VERSION,
        "made_at": stamp(made_at),
        "alert": one_line(name),
        "message": key,
        "test": test,
        "total": total,
        "stories": [story_to_dict(story) for story in stories],
    }
