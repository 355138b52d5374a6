"""Shows how the daemon is: its row in the database, its metrics, its health; changes no course."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.core.times import stamp
from aggregator.daemon.vigil import Vigil
from aggregator.edge import health
from aggregator.edge.store import passes
from aggregator.model import Outcome
from aggregator.pipeline import Aggregator, Tally

if TYPE_CHECKING:
    from aggregator.edge.endpoint import Endpoint
    from aggregator.edge.metrics import Metrics

STALE_SECONDS = 120.0  # without a heartbeat, and the daemon counts as ill


class Showing:
    """What others may see of one daemon; safe to use from any thread."""

    def __init__(self, news: Aggregator, vigil: Vigil, *, monotonic: Callable[[], float]) -> None:
        self._news, self._vigil = news, vigil
        self._monotonic = monotonic
        self._started = news.context.clock()
        self._beaten = monotonic()
        self._metrics: Metrics | None = None
        self._endpoint: Endpoint | None = None

    def open(self) -> None:
        """Serve metrics and health, where config says so; UsageError when that cannot be."""
        listen = self._news.context.config.metrics.listen
        if listen is None:
            return
        from aggregator.edge.endpoint import Endpoint, Page
        from aggregator.edge.metrics import Metrics

        self._metrics = metrics = Metrics(version=__version__)

        def healthz() -> Page:
            troubles = self.troubles()
            return Page(503 if troubles else 200, "\n".join(troubles or ["ok"]) + "\n")

        def show_metrics() -> Page:
            self._set_jobs(metrics)
            return Page(200, metrics.render(), metrics.content_type)

        self._endpoint = Endpoint(listen, {"/healthz": healthz, "/metrics": show_metrics})
        self._endpoint.start()

    @property
    def address(self) -> tuple[str, int] | None:
        """Where it listens, or None."""
        return self._endpoint.address if self._endpoint else None

    def close(self) -> None:
        """Listen no more."""
        if self._endpoint:
            self._endpoint.close()

    def beat(self) -> None:
        """The sign of life in the database; what is stored is measured for the metrics too."""
        news = self._news
        now = news.context.clock()
        about = {
            "pid": str(os.getpid()), "daemon version": __version__,
            "daemon started": stamp(self._started),
        }  # fmt: skip
        jobs = [asdict(job) for job in self._vigil.jobs()]
        passes.beat(news.context.store, now=now, about=about, jobs=jobs)
        self._beaten = self._monotonic()
        if self._metrics:
            with news.context.store.snapshot() as db:
                self._metrics.set_stored(health.measure(db, news.context.store.path, now=now))

    def note(self, tally: Tally, *, started: datetime) -> None:
        """A row for a pass that did something."""
        context = self._news.context
        passes.note(context.store, tally, started=started, ended=context.clock())

    def troubles(self) -> list[str]:
        """Why the daemon counts as ill, a line each; empty when it is well."""
        found = [f"{job.name} {job.alarm}" for job in self._vigil.jobs() if job.alarm]
        silent = self._monotonic() - self._beaten
        if silent > STALE_SECONDS:
            found.append(f"no heartbeat for {silent:.0f} s")
        if pause := self._news.context.store.space.pause:
            found.append(f"nothing is written since {stamp(pause.since)}: {pause.reason}")
        return [" ".join(line.split()) for line in found]

    def count(self, outcome: Outcome) -> None:
        """An item that a stage is done with."""
        if self._metrics:
            self._metrics.count(outcome)

    def count_step(self) -> None:
        """The clock was set."""
        if self._metrics:
            self._metrics.count_step()

    def time(self, job: str, seconds: float, error: str | None) -> None:
        """A pass of a job ended."""
        if self._metrics:
            self._metrics.time(job, seconds, failed=error is not None)

    def _set_jobs(self, metrics: Metrics) -> None:
        for job in self._vigil.jobs():
            metrics.set_job(job.name, running=job.running, alarm=job.alarm is not None)
        metrics.set_daemon(
            heartbeat_age=self._monotonic() - self._beaten,
            paused=self._news.context.store.space.pause is not None,
        )
