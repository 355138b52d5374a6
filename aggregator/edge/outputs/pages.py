"""The output for readers elsewhere: one self-contained HTML file, and the pages it is made of."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.core import figure, wording
from aggregator.core.answers import failing, summary
from aggregator.core.palette import STYLES, palette_css
from aggregator.core.storypage import view_story
from aggregator.core.strip import MEANING, lines_of
from aggregator.core.times import stamp
from aggregator.edge.outputs.filters import Filters
from aggregator.edge.outputs.registry import Look, output
from aggregator.model import Line, Relation, Report, Story

if TYPE_CHECKING:
    from jinja2 import Environment

_FILES = Path(__file__).resolve().parents[2] / "datasette_plugin"
NAME = "Stories and their copies"
# Story sections in one file: each is a figure and a table, 25 kB with eight outlets.
SECTIONS_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What surrounds a page: where it stands and what its head allows."""

    name: str = NAME
    style: str = ""
    policy: str = ""
    meta_policy: bool = True  # say the policy in the page, because no server says it
    home: str = ""
    atom: str = ""
    links: tuple[tuple[str, str], ...] = ()
    search: str | None = None  # None: no search form
    keep: tuple[tuple[str, str], ...] = ()  # query fields that a search keeps
    place: tuple[tuple[str, str], ...] = ()  # query fields that every address keeps
    outlet_url: Callable[[int], str] | None = None  # where pages of outlets stand, if they do
    agency_url: Callable[[str], str] | None = None
    compare_url: str = ""  # where any two copies are set side by side; empty where nothing can be


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Addresses of the pages of the list before and after this one."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where pages stand: their site, and the addresses of stories and of their other forms."""

    site: Site
    story_url: Mapping[int, str]
    story_links: Mapping[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)


@cache
def style_sheet() -> str:
    """The whole style of a story page, relation colours included."""
    sheet = (_FILES / "static" / "stories.css").read_text(encoding="utf-8")
    return (palette_css() + sheet).replace("</", "<\\/")


def policy(*, forms: bool) -> str:
    """The Content-Security-Policy of our pages: our own style by its hash, and nothing else."""
    digest = b64encode(hashlib.sha256(style_sheet().encode()).digest()).decode()
    action = "'self'" if forms else "'none'"
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action {action}"


@cache
def environment() -> Environment:
    """The templates, escaping everything; what strangers sent is cleaned on its way out."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def spoken(value: Any) -> Any:
        return wording.clean(value) if type(value) is str else value

    made = Environment(
        loader=FileSystemLoader(_FILES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=spoken,
    )
    made.filters |= {
        "line": wording.one_line,
        "count": wording.count,
        "percent": wording.percent,
        "duration": wording.duration,
        "moment": wording.moment,
        "short": lambda when: wording.short_moment(when).strip(),
        "hour": lambda when: wording.short_moment(when)[-5:],
        "day": lambda when: wording.short_moment(when)[:-6].strip(),
        "date": wording.day_of,
        "iso": stamp,
        "thousands": lambda number: f"{number:,}",
        "web_link": wording.web_link,
        "tag": wording.language_tag,
        "direction": wording.direction,
        # Drawings hold numbers and words of ours only.
        "strip": lambda strip: Markup(figure.strip_svg(strip)),  # noqa: S704
        "mark": lambda relation: Markup(figure.mark_svg(relation)),  # noqa: S704
        "bar": lambda share: Markup(figure.bar_svg(share)),  # noqa: S704
    }
    made.globals |= {"styles_in": styles_in}
    return made


def styles_in(relations: Collection[Relation]) -> list[tuple[Relation, Any]]:
    """The relations that occur, in the order of the legend."""
    return [(relation, style) for relation, style in STYLES.items() if relation in relations]


def in_lines(lines: Iterable[Line]) -> set[Relation]:
    """The relations that occur in these lines."""
    return {relation for line in lines for relation in line.strip}


def story_view(story: Story, place: Place, *, short: bool = False) -> Any:
    """A story ready for its template."""
    from markupsafe import Markup

    return view_story(story, links=place.story_links.get(story.id, ()), safe=Markup, short=short)


def list_page(
    report: Report,
    place: Place,
    *,
    pages: Pages,
    sections: bool,
    filters: Filters | None = None,
) -> str:
    """The story list as a page; with `sections` every story follows in full."""
    told = report.stories[:SECTIONS_MOST] if sections else ()
    # A file of many stories keeps the copies of each to what one screen or two can show.
    views = [story_view(story, place, short=len(told) > 1) for story in told]
    lines = lines_of(report)
    found = f"Stories with “{place.site.search}”" if place.site.search else place.site.name
    return fill(
        "stories.html", place.site, report.made_at, heading=found, report=report, views=views,
        pages=pages, summary=summary(report), sick=failing(report), filters=filters,
        lines=lines, relations=in_lines(lines), meaning=MEANING,
        story_url=lambda story: place.story_url.get(story.id, f"#story-{story.id}"),
    )  # fmt: skip


def story_page(story: Story, made_at: datetime, place: Place) -> str:
    """One story as a page."""
    heading = wording.one_line(story.title) or "Untitled"
    return fill("story.html", place.site, made_at, heading=heading, view=story_view(story, place))


def message_page(words: str, made_at: datetime, site: Site) -> str:
    """A page of one sentence, for what is not there."""
    return fill("message.html", site, made_at, heading=words)


def fill(name: str, site: Site, made_at: datetime, **values: Any) -> str:
    """A template of ours as a page, with the style that its policy names."""
    from dataclasses import replace

    from markupsafe import Markup

    # The style sheet is a file of ours and stands inside <style>, where escaping would break it.
    dressed = replace(site, style=Markup(style_sheet()))  # noqa: S704
    template = environment().get_template(f"aggregator/{name}")
    return template.render(site=dressed, made_at=made_at, **values)


@output("html", media_type="text/html; charset=utf-8", suffix="html")
def render_html(report: Report, look: Look) -> str:
    """One file that needs nothing else: no script, no request, its own policy in its head."""
    place = Place(site=Site(policy=policy(forms=False)), story_url={})
    if look.story is not None:
        return story_page(look.story, report.made_at, place)
    return list_page(report, place, pages=Pages(), sections=True)
