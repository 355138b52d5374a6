"""Reads config.yaml into strict, frozen settings; reports every fault of the file at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from aggregator import __version__
from aggregator.config_alerts import AlertSettings, MailSettings
from aggregator.config_sources import (
    AgencySettings,
    AnySource,
    FeedSettings,
    OutletSettings,
    Settings,
    SitemapSettings,
    WireSettings,
)
from aggregator.config_values import (
    Contact,
    HeaderText,
    Listen,
    PrivateHost,
    Proxy,
    Text,
    count,
    lasting,
    number,
    size,
    span,
)
from aggregator.errors import ConfigError
from aggregator.yamlfile import read_yaml

MAX_FILE_BYTES = 5_000_000  # 10,000 feeds of 300 bytes, and room
DEFAULT_AGENT = "news-aggregator-dedup/{version} ({contact})"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

Seconds = float
Bytes = int


class FetchSettings(Settings):
    """How the web is asked. Times in seconds, sizes in bytes."""

    user_agent: HeaderText = DEFAULT_AGENT  # with its placeholders filled in
    contact: Contact | None = None
    proxy: Proxy | None = None
    timeout: Annotated[Seconds, span(1, 10 * _MINUTE)] = 20.0
    connect_timeout: Annotated[Seconds, span(0.5, 2 * _MINUTE)] = 6.0
    max_feed_bytes: Annotated[Bytes, size(10_000, 500_000_000)] = 16_000_000
    max_page_bytes: Annotated[Bytes, size(10_000, 500_000_000)] = 10_000_000
    workers: Annotated[int, count(1, 128)] = 8
    per_host: Annotated[int, count(1, 32)] = 2
    host_pause: Annotated[Seconds, span(0, 5 * _MINUTE)] = 1.0
    allow_private: tuple[PrivateHost, ...] = ()
    robots: Literal["obey", "ignore"] = "obey"
    reservations: Literal["obey", "flag", "ignore"] = "obey"  # tdm-reservation and noai

    @model_validator(mode="before")
    @classmethod
    def _introduce(cls, written: Any) -> Any:
        """Fill in the User-Agent, so that what is stored is what is sent."""
        if not isinstance(written, dict):
            return written
        agent, contact = written.get("user_agent", DEFAULT_AGENT), written.get("contact")
        if not isinstance(agent, str):
            return written
        # A contact that is no text has its own fault; it must not give the agent one too.
        known = isinstance(contact, str) and contact.isascii()
        owner = f"+{contact}" if known and contact else "no contact given"
        agent = agent.replace("{version}", __version__).replace("{contact}", owner)
        return {**written, "user_agent": agent}


class ReadSettings(Settings):
    """How pages become articles, in worker processes."""

    workers: Annotated[int, count(1, 64)] = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 4)
    )
    deadline: Annotated[Seconds, span(0.5, 5 * _MINUTE)] = 5.0
    memory: Annotated[Bytes, size(256_000_000, 64_000_000_000)] = 1_000_000_000
    max_tries: Annotated[int, count(1, 20)] = 3
    min_words: Annotated[int, count(10, 1_000)] = 50


class ClusterSettings(Settings):
    """When two texts are copies."""

    window: Annotated[int, span(_HOUR, 60 * _DAY, whole=True)] = 3 * _DAY
    containment: Annotated[float, number(0.05, 1)] = 0.4
    jaccard_same_outlet: Annotated[float, number(0.05, 1)] = 0.6
    min_shared: Annotated[int, count(1, 1_000)] = 20
    min_shingles: Annotated[int, count(5, 1_000)] = 30
    template_pages: Annotated[int, count(2, 100)] = 3


class ScheduleSettings(Settings):
    """When the daemon works; whole seconds."""

    every: Annotated[int, span(1, 7 * _DAY, whole=True)] = 15 * _MINUTE
    min: Annotated[int, span(1, 7 * _DAY, whole=True)] = 5 * _MINUTE
    max: Annotated[int, span(1, 7 * _DAY, whole=True)] = _DAY
    read_every: Annotated[int, span(1, _DAY, whole=True)] = _MINUTE
    cluster_every: Annotated[int, span(1, _DAY, whole=True)] = _MINUTE


class RevisitSettings(Settings):
    """When pages are read again, in proportion to their age; spans in seconds."""

    enabled: bool = True
    first: Annotated[int, span(_MINUTE, 7 * _DAY, whole=True)] = 15 * _MINUTE
    growth: Annotated[float, number(1.5, 24)] = 4.0
    until: Annotated[int, span(_HOUR, 60 * _DAY, whole=True)] = 3 * _DAY


class KeepSettings(Settings):
    """How long what is stored stays; spans in seconds, None for ever. `prune` lets the rest go."""

    texts: Annotated[int | None, lasting(7 * _DAY, 36_500 * _DAY)] = None
    articles: Annotated[int | None, lasting(7 * _DAY, 36_500 * _DAY)] = None
    logs: Annotated[int | None, lasting(_DAY, 36_500 * _DAY)] = None


class ReportSettings(Settings):
    """What `report` shows when nothing else is asked for; `since` in seconds."""

    since: Annotated[int, span(_MINUTE, 3_650 * _DAY, whole=True)] = _DAY
    min_outlets: Annotated[int, count(1, 100)] = 2
    limit: Annotated[int, count(1, 10_000)] = 50


class LogSettings(Settings):
    """What the daemon and the other long verbs log, on stderr."""

    format: Literal["plain", "json"] = "plain"


class MetricsSettings(Settings):
    """Where the daemon answers monitors; nowhere unless it is told to."""

    listen: Listen | None = None


class Config(Settings):
    """The whole of config.yaml. Equal and hashable by content; `path` is where it was read."""

    database: Text = "news.db"
    fetch: FetchSettings = Field(default_factory=lambda: FetchSettings.model_validate({}))
    read: ReadSettings = Field(default_factory=ReadSettings)
    cluster: ClusterSettings = ClusterSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    revisit: RevisitSettings = RevisitSettings()
    keep: KeepSettings = KeepSettings()
    report: ReportSettings = ReportSettings()
    mail: MailSettings | None = None
    alerts: tuple[AlertSettings, ...] = ()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    outlets: tuple[OutletSettings, ...] = ()
    agencies: tuple[AgencySettings, ...] = ()
    feeds: tuple[AnySource, ...] = ()
    _path: Path = PrivateAttr(default=Path("config.yaml"))

    @property
    def path(self) -> Path:
        """The file this was read from, as the user named it."""
        return self._path

    @property
    def database_path(self) -> Path:
        """Where the database lies; a relative name counts from the config file's folder."""
        return self._path.parent / Path(self.database).expanduser()

    def address(self, source: FeedSettings | SitemapSettings | WireSettings) -> str:
        """What a source is known and asked by: its URL, or the `file:` address of its folder."""
        if isinstance(source, WireSettings):
            folder = self._path.parent / Path(source.folder).expanduser()
            return folder.resolve().as_uri()
        return source.url

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Config:
        """Read a config file.

        Raises ConfigError with every fault of the file, in order, each one line of
        `path:line:column: key: what is wrong`.
        """
        name = os.fspath(path)
        return cls.parse(_read(name), name)

    @classmethod
    def parse(cls, data: bytes, name: str) -> Config:
        """Read the bytes of a config file that is called `name`; raises as `load` does."""
        from aggregator.config_faults import validate

        tree = read_yaml(data)
        config = validate(tree)
        if tree.faults or config is None:
            raise ConfigError(name, [fault.in_file(name) for fault in sorted(tree.faults)])
        config._path = Path(name)
        return config


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(name, [f"{name}: no such file; try: aggregator init"]) from None
    except OSError as error:
        raise ConfigError(name, [f"{name}: {error.strerror or error}"]) from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(name, [f"{name}: larger than {MAX_FILE_BYTES // 1_000_000} MB"])
    return data
