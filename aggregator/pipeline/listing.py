"""The sources of a config as rows, as aligned lines and as an OPML list; asks none of them."""

from __future__ import annotations

from aggregator.config import Config
from aggregator.config_sources import WireSettings
from aggregator.core.contract import SourceDict
from aggregator.core.measures import show_duration
from aggregator.core.opml import OpmlFeed


def opml_feeds(config: Config) -> tuple[list[OpmlFeed], int]:
    """What an OPML list can name, and how many folders it cannot."""
    listed = [
        OpmlFeed(
            name=source.name,
            url=source.url,
            kind=source.kind,
            outlet=source.outlet,
            every=source.every,
            language=source.language,
            enabled=source.enabled,
        )
        for source in config.feeds
        if not isinstance(source, WireSettings)
    ]
    return listed, len(config.feeds) - len(listed)


def rows(config: Config) -> list[SourceDict]:
    """One object a source, as `feeds --json` prints it."""
    return [
        {
            "name": source.name,
            "kind": source.kind,
            "address": config.address(source),
            "domain": source.domain,
            "outlet": source.outlet,
            "every": source.every or config.schedule.every,
            "language": source.language,
            "enabled": source.enabled,
        }
        for source in config.feeds
    ]


def table(config: Config) -> str:
    """The sources as aligned lines, nothing in them that can steer a terminal."""
    lines = []
    for row in rows(config):
        state = "" if row["enabled"] else "  (off)"
        every = show_duration(row["every"])
        line = f"{row['kind']:<8} {row['name'][:32]:<32} {every:>5}  {row['address']}{state}"
        lines.append("".join(c if c.isprintable() else " " for c in line))
    return "\n".join([*lines, f"{len(lines)} sources", ""])
