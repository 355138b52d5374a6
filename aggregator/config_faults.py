"""Finds everything that is wrong in a config file and says it in sentences; reads no file."""

from __future__ import annotations

import difflib
from typing import Any, TypeVar

from pydantic import ValidationError

from aggregator.config import (
    ClusterSettings,
    Config,
    FetchSettings,
    KeepSettings,
    ReadSettings,
    ReportSettings,
    RevisitSettings,
    ScheduleSettings,
)
from aggregator.config_alerts import AlertSettings, MailSettings, lacks_server
from aggregator.config_sources import (
    KINDS,
    AgencySettings,
    OutletSettings,
    Settings,
    WireSettings,
    kind_of,
)
from aggregator.config_values import name_of
from aggregator.core.measures import show_duration
from aggregator.core.urls import absolute_url
from aggregator.yamlfile import Place, Tree

_SECTIONS: dict[str, type[Settings]] = {
    "fetch": FetchSettings,
    "read": ReadSettings,
    "cluster": ClusterSettings,
    "schedule": ScheduleSettings,
    "revisit": RevisitSettings,
    "keep": KeepSettings,
    "report": ReportSettings,
    "outlets": OutletSettings,
    "agencies": AgencySettings,
    "mail": MailSettings,
    "alerts": AlertSettings,
}
_Part = TypeVar("_Part", bound=Settings)


def validate(tree: Tree) -> Config | None:
    """Return the config that `tree` holds, or None; every fault found is added to the tree."""
    if tree.value is None:
        if not tree.faults:
            tree.add((), "the file is empty; `aggregator init` writes one to start from")
        return None
    if not isinstance(tree.value, dict):
        tree.add((), f"expected keys such as `feeds:`, not {name_of(tree.value)}")
        return None
    # A section whose lines are all commented out is as good as none.
    written = {
        key: value
        for key, value in tree.value.items()
        if value is not None or key not in Config.model_fields
    }
    _check_twins(written, tree)
    _check_order(written, tree)
    _check_keep(written, tree)
    for index, alert in enumerate(_listed(written, "alerts")):
        if lacks_server(written.get("mail"), alert):
            tree.add(
                ("alerts", index, "to", "mail"), "there is no `mail:` with a server to send it"
            )
    try:
        return Config.model_validate(written)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            place = problem["loc"] = _as_written(problem["loc"])
            unknown = problem["type"] == "extra_forbidden"
            if place not in tree.unread:  # its fault is told already
                tree.add(place, _sentence(dict(problem), written), at_key=unknown)
    return None


def _as_written(place: Place) -> Place:
    """The place without the name of the model that pydantic puts behind a source's number."""
    inner = len(place) > 2 and place[0] == "feeds" and place[2] in KINDS
    return (*place[:2], *place[3:]) if inner else place


def _model(place: Place, written: dict[str, Any]) -> type[Settings]:
    """The model that a place in the file is read into."""
    if place[0] == "feeds":
        return KINDS[kind_of(written["feeds"][int(place[1])])]
    model = _SECTIONS[str(place[0])]
    for key in place[1:-1]:  # a block within a block
        inner = model.model_fields[key].annotation if key in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, Settings):
            model = inner
    return model


def _sentence(problem: dict[str, Any], written: dict[str, Any]) -> str:
    kind, place, value = problem["type"], problem["loc"], problem["input"]
    if kind == "extra_forbidden":
        model = _model(place, written) if len(place) > 1 else Config
        others = [name for name, each in KINDS.items() if place[-1] in each.model_fields]
        if place[0] == "feeds" and others:
            mine = next(name for name, each in KINDS.items() if each is model)
            return f"a {mine} has no such key; {' or '.join(others)} has"
        close = difflib.get_close_matches(str(place[-1]), model.model_fields, n=1, cutoff=0.5)
        if close:
            return f"unknown key, did you mean '{close[0]}'?"
        return f"unknown key; known here: {', '.join(model.model_fields)}"
    if kind == "missing":
        return "missing; it must be given"
    if kind == "literal_error" and place[0] == "feeds" and place[-1] == "kind":
        return f"expected one of {', '.join(KINDS)}, not {name_of(value)}"
    if kind == "literal_error":
        return f"expected {problem['ctx']['expected']}, not {name_of(value)}"
    wanted = {
        "tuple_type": "a list (lines that begin with '- ')",
        "model_type": "a mapping of keys",
        "bool_type": "true or false",
    }.get(kind)
    return f"expected {wanted}, not {name_of(value)}" if wanted else str(problem["msg"])


def _check_twins(written: dict[str, Any], tree: Tree) -> None:
    """Names, URLs, domains and keys stand for one thing each; http and https are one URL."""
    unique = (
        ("feeds", "name"), ("feeds", "url"), ("feeds", "folder"), ("outlets", "domain"),
        ("agencies", "key"), ("alerts", "name"),
    )  # fmt: skip
    for section, key in unique:
        seen: dict[str, int] = {}
        for index, part in enumerate(_listed(written, section)):
            value = part.get(key) if isinstance(part, dict) else None
            if not isinstance(value, str) or not value.strip():
                continue
            same = value.strip().casefold()
            if key == "url":
                same = (absolute_url(value) or value).partition("://")[2].rstrip("/")
            first = seen.setdefault(same, index)
            if first != index:
                tree.add((section, index, key), f"the same {key} as {section}.{first}")


def _check_order(written: dict[str, Any], tree: Tree) -> None:
    """Spans that must not cross; looked at only where each is right in itself."""
    fetch = _valid(FetchSettings, written.get("fetch", {}))
    if fetch and fetch.connect_timeout > fetch.timeout:
        place: Place = ("fetch", "connect_timeout")
        tree.add(place, f"must not be longer than timeout ({show_duration(fetch.timeout)})")
    schedule = _valid(ScheduleSettings, written.get("schedule", {}))
    if schedule is None:
        return
    low, high = schedule.min, schedule.max
    bounds = f"schedule.min ({show_duration(low)}) and schedule.max ({show_duration(high)})"
    if low > high:
        tree.add(("schedule", "min"), f"must not be longer than max ({show_duration(high)})")
        return
    if not low <= schedule.every <= high:
        tree.add(("schedule", "every"), f"must be between {bounds}")
    for index, part in enumerate(_listed(written, "feeds")):
        feed = _valid(KINDS[kind_of(part)], part)
        if isinstance(feed, WireSettings):
            continue  # a folder is nobody's server: no politeness is due to it
        if feed and feed.every is not None and not low <= feed.every <= high:
            tree.add(("feeds", index, "every"), f"must be between {bounds}")


def _check_keep(written: dict[str, Any], tree: Tree) -> None:
    """Nothing goes while it may still be compared or read again, and no article before its text."""
    keep = _valid(KeepSettings, written.get("keep", {}))
    cluster = _valid(ClusterSettings, written.get("cluster", {}))
    revisit = _valid(RevisitSettings, written.get("revisit", {}))
    if keep is None or cluster is None or revisit is None:
        return
    for key, span in (("texts", keep.texts), ("articles", keep.articles)):
        for name, least in (
            ("cluster.window", cluster.window), ("revisit.until", revisit.until),
        ):  # fmt: skip
            if span is not None and span <= least:
                told = f"must be longer than {name} ({show_duration(least)})"
                tree.add(("keep", key), told)
                break
    if keep.texts and keep.articles and keep.texts > keep.articles:
        told = f"must not be longer than articles ({show_duration(keep.articles)})"
        tree.add(("keep", "texts"), told)


def _listed(written: dict[str, Any], section: str) -> tuple[Any, ...]:
    value = written.get(section)
    return value if isinstance(value, tuple) else ()


def _valid(model: type[_Part], value: object) -> _Part | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None
