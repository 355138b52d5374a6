"""Counts and measures in the form that Prometheus reads; decides nothing and stores nothing.

Labels come from closed sets of our own words. No feed, host or address is ever one: strangers
would decide how many series there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aggregator.errors import UsageError
from aggregator.model import Outcome

PREFIX = "aggregator_"
_RESULTS = 40  # results by stage; our own words, and a bound should one ever not be
# Seconds of a poll and of a pass: a 304 takes milliseconds, a time-out 20 s, a backlog an hour.
_POLL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)
_PASS_BUCKETS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)


class Metric(NamedTuple):
    """One metric: counter, gauge or histogram, its labels and what it means."""

    kind: str
    told: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


METRICS = {
    "build_info": Metric("gauge", "Version of the daemon; always 1.", ("version",)),
    "polls_total": Metric("counter", "Polls of feeds, by what they brought.", ("result",)),
    "poll_duration_seconds": Metric("histogram", "Time of an answered poll.", (), _POLL_BUCKETS),
    "polls_late_seconds": Metric("gauge", "How long the longest due feed has waited."),
    "entries_total": Metric("counter", "Entries never seen before that polls brought."),
    "pages_total": Metric("counter", "Pages read the first time, by result.", ("result",)),
    "revisits_total": Metric("counter", "Pages read again, by result.", ("result",)),
    "texts_total": Metric("counter", "Texts compared, by result.", ("result",)),
    "items_total": Metric("counter", "Items of other stages.", ("stage", "result")),
    "passes_total": Metric("counter", "Passes of a job.", ("job",)),
    "pass_failures_total": Metric("counter", "Passes of a job that failed.", ("job",)),
    "pass_duration_seconds": Metric(
        "histogram", "Time of a pass of a job.", ("job",), _PASS_BUCKETS
    ),
    "job_running": Metric("gauge", "1 while a pass of the job runs.", ("job",)),
    "job_alarm": Metric("gauge", "1 while the job raises an alarm.", ("job",)),
    "heartbeat_age_seconds": Metric("gauge", "Since the last heartbeat."),
    "writing_paused": Metric("gauge", "1 while nothing is written, for want of room."),
    "clock_steps_total": Metric("counter", "Times that the wall clock was set."),
    "feeds": Metric("gauge", "Feeds that config names, by state.", ("state",)),
    "waiting": Metric("gauge", "Items that wait for a stage.", ("stage",)),
    "rows": Metric("gauge", "Rows of what was collected.", ("table",)),
    "file_bytes": Metric("gauge", "Size of the database and of its log.", ("file",)),
    "disk_free_bytes": Metric("gauge", "Room on the disk of the database."),
}
# Stages whose items have a counter of their own.
_OF_STAGE = {
    "collect": "polls_total", "read": "pages_total", "revisit": "revisits_total",
    "cluster": "texts_total",
}  # fmt: skip


class Metrics:
    """The metrics of one daemon; UsageError when `prometheus-client` is not installed."""

    def __init__(self, *, version: str) -> None:
        try:
            import prometheus_client as prometheus
        except ImportError:
            raise UsageError(
                "metrics", "need a package that is not installed",
                hint="pip install 'news-aggregator-dedup[metrics]'",
            ) from None  # fmt: skip
        # A second series with its birth for each counter; Prometheus itself asks for none.
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)
        self._render = prometheus.generate_latest
        self.content_type: str = prometheus.CONTENT_TYPE_LATEST
        self._of: dict[str, Any] = {}
        for name, metric in METRICS.items():
            kind: Any = getattr(prometheus, metric.kind.title())
            more = {"buckets": metric.buckets} if metric.buckets else {}
            self._of[name] = kind(
                PREFIX + name, metric.told, metric.labels, registry=self._registry, **more
            )
        self._of["build_info"].labels(version).set(1)
        self._seen: set[tuple[str, str]] = set()

    def count(self, outcome: Outcome) -> None:
        """An item that a stage is done with."""
        result = self._bounded(outcome)
        if name := _OF_STAGE.get(outcome.stage):
            self._of[name].labels(result).inc()
        else:
            self._of["items_total"].labels(outcome.stage, result).inc()
        if outcome.stage == "collect" and result != "failed":
            self._of["poll_duration_seconds"].observe(outcome.ms / 1000)
            self._of["entries_total"].inc(outcome.count)

    def _bounded(self, outcome: Outcome) -> str:
        key = (outcome.stage, outcome.result)
        if key not in self._seen and len(self._seen) < _RESULTS:
            self._seen.add(key)
        return outcome.result if key in self._seen else "other"

    def count_step(self) -> None:
        """The clock was set."""
        self._of["clock_steps_total"].inc()

    def time(self, job: str, seconds: float, *, failed: bool) -> None:
        """A pass of a job ended."""
        self._of["passes_total"].labels(job).inc()
        self._of["pass_failures_total"].labels(job).inc(int(failed))
        self._of["pass_duration_seconds"].labels(job).observe(seconds)

    def set_job(self, job: str, *, running: bool, alarm: bool) -> None:
        """How a job stands now."""
        self._of["job_running"].labels(job).set(running)
        self._of["job_alarm"].labels(job).set(alarm)

    def set_daemon(self, *, heartbeat_age: float, paused: bool) -> None:
        """How the daemon stands now; the age in seconds."""
        self._of["heartbeat_age_seconds"].set(heartbeat_age)
        self._of["writing_paused"].set(paused)

    def set_stored(self, measured: Mapping[str, Mapping[str, float]]) -> None:
        """What the database holds, as `health.measure` gives it."""
        for name, part in (
            ("feeds", "feeds"), ("waiting", "waiting"), ("rows", "rows"), ("file_bytes", "bytes"),
        ):  # fmt: skip
            for label, value in measured[part].items():
                self._of[name].labels(label).set(value)
        self._of["polls_late_seconds"].set(measured["polls"]["late"])
        self._of["disk_free_bytes"].set(measured["disk"]["free"])

    def render(self) -> bytes:
        """All of it as text."""
        return bytes(self._render(self._registry))
