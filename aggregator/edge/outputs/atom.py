"""The Atom feed of stories, each once (RFC 4287, paged as in RFC 5005); reads no database."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from aggregator.core import figure, wording
from aggregator.core.answers import answers, updated_at
from aggregator.core.question import narrowed, question_words
from aggregator.edge.outputs.pages import NAME, environment
from aggregator.edge.outputs.registry import Look, output
from aggregator.model import Report, Story, StoryQuery

_COPIES_MOST = 60
_NOT_IN_IRIS = frozenset('"<>\\^`{|}')
# Ids are UUIDs of this name space, the database's own name and what is meant. A story's id is
# permanent, and no other database has it.
_IDS = UUID("5f1c6a0e-6f39-5d0b-9c62-0c2b5f3a7e41")


@output("atom", media_type="application/atom+xml; charset=utf-8", suffix="atom")
def render_atom(report: Report, look: Look) -> str:
    """One entry a story, what changed last first; an entry is updated when its story grows."""
    stories = report.stories if look.story is None else (look.story,)
    items = [_item(story, report.installation, look.base_url) for story in stories]
    items.sort(key=lambda item: (item["updated"], item["story"].id), reverse=True)
    suffix = f"/{look.story.id}" if look.story is not None else ""
    links = (
        ("alternate", "text/html", f"{look.base_url}{suffix}" if look.base_url else ""),
        *((rel, "application/atom+xml", address) for rel, address in look.links),
    )
    return (
        environment()
        .get_template("aggregator/atom.xml")
        .render(
            feed_id=_urn(report.installation, f"feed{suffix}" if suffix else _asked(report.asked)),
            title=_title(report, look.story),
            links=[link for link in links if link[2]],
            updated=max((item["updated"] for item in items), default=report.made_at),
            items=items,
        )
    )


def _item(story: Story, installation: str, base_url: str) -> dict[str, Any]:
    copies = figure.by_outlet(story)[:_COPIES_MOST]
    content = environment().get_template("aggregator/atom_content.html")
    linked = [copy for copy in copies if wording.web_link(copy.url)]
    first = wording.web_link(story.lead.url) or (linked[0].url if linked else "")
    return {
        "story": story,
        "id": _urn(installation, f"story/{story.id}"),
        "updated": updated_at(story),
        "link": f"{base_url}/{story.id}" if base_url else _iri(first),
        "copies": [(copy, _iri(wording.web_link(copy.url) or "")) for copy in linked],
        "summary": figure.sentence(story),
        # A plain string, so that the feed's template escapes the HTML once more.
        "content": str(
            content.render(
                answers=answers(story), copies=copies, more=len(story.copies) - len(copies)
            )
        ),
    }


def _iri(url: str) -> str:
    """An address without the characters that no IRI holds; browsers bear them, validators not."""
    return "".join(f"%{ord(c):02X}" if c in _NOT_IN_IRIS else c for c in url)


def _urn(installation: str, *names: str) -> str:
    return uuid5(_IDS, "\n".join((installation, *names))).urn


def _asked(query: StoryQuery | None) -> str:
    """What tells one feed of stories from another: its filters, not its span of time or page."""
    if query is None:
        return "feed"
    kept = (query.text.strip(), query.outlet, query.agency, query.language)
    return json.dumps(["feed", *kept, query.min_outlets, query.min_sources])


def _title(report: Report, story: Story | None) -> str:
    if story is not None:
        return wording.one_line(story.title) or "Untitled"
    if report.asked is None or not narrowed(report.asked):
        return NAME
    names = {s.agency: s.agency_name for s in report.stories if s.agency and s.agency_name}
    told = question_words(report.asked, names, window=False)
    return f"{NAME}: {', '.join(told)}"
