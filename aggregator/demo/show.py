"""Runs the whole line on the invented news day, from loopback; adds no step of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator.config import Config
from aggregator.demo.web import DemoWeb, demo_agencies, demo_feeds
from aggregator.edge import files, outputs
from aggregator.model import Report
from aggregator.pipeline import Aggregator, Tally
from aggregator.pipeline.context import Expect, Watch

HTTP_UNCHANGED = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the demo ends with."""

    report: Report  # every story, whole
    shared: Report  # the stories that ran in two outlets or more
    notes: tuple[str, ...]


def demo_config(proxy: str) -> Config:
    """The settings of the day: its feeds, its agency, and the loopback proxy that serves it."""
    feeds: list[dict[str, Any]] = [
        {"name": feed.name, "url": feed.url, "outlet": feed.outlet, "language": feed.language}
        for feed in demo_feeds()
    ]
    return Config.model_validate(
        {
            "fetch": {"proxy": proxy, "host_pause": 0, "per_host": 8},
            "revisit": {"enabled": False},  # its pages change by edition, not by the clock
            "agencies": tuple(_as_setting(agency) for agency in demo_agencies()),
            "feeds": tuple(feeds),
        }
    )


def _as_setting(agency: Mapping[str, Any]) -> dict[str, Any]:
    """An agency of the data file's shape as config names it."""
    forms = agency["forms"]
    return {
        "key": agency["key"],
        "name": agency["name"],
        "domains": tuple(agency["domains"]),
        "names": tuple(form for form in forms if isinstance(form, str)),
        "short": tuple(form["text"] for form in forms if isinstance(form, Mapping)),
    }


def run_demo(folder: Path, *, watch: Watch, expect: Expect) -> Shown:
    """Collect, read and compare the day into `folder`/demo.db and write demo.html beside it.

    The first run sees the morning and then the day's later edition, with an article corrected
    between the two; a further run asks again and finds everything unchanged.
    """
    database = folder / "demo.db"
    editions = (2,) if database.exists() else (1, 2)
    notes = []
    with DemoWeb(edition=editions[0]) as web:
        config = demo_config(web.proxy)
        with Aggregator(config, database=database, watch=watch, expect=expect) as news:
            for edition in editions:
                web.edition = edition
                seen = len(web.requests)
                tally = news.run_once()
                notes.append(_tell(edition, len(config.feeds), tally, web.requests[seen:]))
            report = news.report(min_outlets=1, limit=100, whole=True)
            shared = news.report(min_outlets=2)
    files.replace_text(folder / "demo.html", outputs.render(report, "html"))
    return Shown(report=report, shared=shared, notes=tuple(notes))


def _tell(edition: int, feeds: int, tally: Tally, requests: list[tuple[str, int]]) -> str:
    """One line on a pass: what was asked and what came of it."""
    when = {1: "morning", 2: "afternoon"}[edition]
    statuses = Counter(status for _, status in requests)
    read = {result: n for (stage, result), n in sorted(tally.items()) if stage == "read"}
    told = ", ".join(f"{n} {result}" for result, n in read.items()) or "nothing new"
    return (
        f"{when:<9}  {feeds} feeds ({statuses[HTTP_UNCHANGED]} answered 304,"
        f" unchanged); pages: {told}"
    )


def render_terminal(shown: Shown, *, width: int, color: bool, command: str) -> str:
    """The report as `aggregator report --min-outlets 2` shows it."""
    return outputs.render(shown.shared, "terminal", width=width, color=color, command=command)
