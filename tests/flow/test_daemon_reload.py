"""SIGHUP: a good config is taken over while the daemon works, one with faults is refused."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.core.times import moment
from aggregator.errors import WorkerDied
from aggregator.pipeline import Aggregator
from tests.edge.conftest import Request, Server
from tests.flow.conftest import rows, wait_until, write_config
from tests.flow.daemons import Heard, heard, make_news, often, working
from tests.flow.programs import Start, count, site, slow_settings, start, stop

__all__ = ["heard", "often", "site", "start"]


def test_sighup_takes_over_a_good_config_and_refuses_a_bad_one(
    site: Server, tmp_path: Path, start: Start
) -> None:
    """A page under way is read to its end; feeds come, go and change their interval."""
    answered = threading.Event()

    @site.on("/page")
    def page(request: Request) -> None:
        answered.wait(30)
        text = " ".join(
            f"<p>The minutes of the board, part {n}, say so at length.</p>" for n in range(30)
        )
        request.answer(f"<article>{text}</article>".encode(), Content_Type="text/html")

    for name in ("/new", "/quiet"):
        feed = f'<rss version="2.0"><channel><title>{name}</title></channel></rss>'.encode()
        site.on(name)(lambda request, feed=feed: request.answer(feed))
    settings = slow_settings(site)
    old = settings["feeds"]
    quiet = {"name": "Quiet", "url": site.url("/quiet"), "every": 3600}
    write_config(tmp_path, settings | {"feeds": [*old, quiet]})
    database = tmp_path / "news.db"
    program = start()
    wait_until(lambda: "/page" in site.paths() and "/quiet" in site.paths())
    log = tmp_path / "log"

    good = (tmp_path / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(good.replace('"every": 3600', '"every": "soon"'))
    program.send_signal(signal.SIGHUP)
    line = next(n for n, text in enumerate(good.split("\n"), 1) if '"every": 3600' in text)
    wait_until(lambda: f"config.yaml:{line}:" in log.read_text())
    wait_until(lambda: "refused; the config of before goes on" in log.read_text())
    assert count(database, "feeds WHERE enabled = 1") == 2

    new = {"name": "New", "url": site.url("/new")}
    write_config(tmp_path, settings | {"feeds": [quiet | {"every": 60}, new]})
    program.send_signal(signal.SIGHUP)
    wait_until(lambda: "config.yaml: read again" in log.read_text())
    wait_until(lambda: "/new" in site.paths())
    assert rows(database, "SELECT name, enabled, every FROM feeds ORDER BY name") == [
        {"name": "New", "enabled": 1, "every": 60},
        {"name": "Quiet", "enabled": 1, "every": 60},
        {"name": "Slow", "enabled": 0, "every": 60},
    ]
    (row,) = rows(database, "SELECT due_at FROM feeds WHERE name = 'Quiet'")
    assert moment(row["due_at"]) < datetime.now(UTC) + timedelta(seconds=90)
    answered.set()
    wait_until(lambda: count(database, "articles"))
    asked = site.paths().count("/page")
    seconds, _ = stop(program)
    assert (program.returncode, asked) == (0, 1)
    assert seconds < 10
    assert "Traceback" not in log.read_text()


@pytest.mark.usefixtures("often")
def test_a_config_with_other_rules_waits_for_the_next_start(tmp_path: Path, heard: Heard) -> None:
    with make_news(tmp_path) as news, working(news) as daemon:
        rules = news.context.rules
        text = news.context.config.path.read_text()
        news.context.config.path.write_text(
            text[:-2] + ', "cluster": {"containment": 0.5}, "report": {"limit": 7}}'
        )
        daemon._asked.reload = True
        wait_until(lambda: heard.count("WARNING"))
        assert heard.count("cluster changed: that is taken over at the next start") == 1
        assert news.context.config.report.limit == 7
        assert news.context.rules == rules


# -- what passes work with


def reloaded(news: Aggregator, **settings: object) -> tuple[str, ...]:
    config = news.context.config
    return news.reload(config.model_copy(update=settings))


def test_the_web_and_the_workers_go_along_when_nothing_changed_for_them(tmp_path: Path) -> None:
    with make_news(tmp_path) as news:
        web, sandbox = news.context.web, news.context.sandbox
        schedule = news.context.config.schedule.model_copy(update={"read_every": 7})
        assert reloaded(news, schedule=schedule) == ()
        assert (news.context.web, news.context.sandbox) == (web, sandbox)
        assert news.context.config.schedule.read_every == 7
        sandbox.call(len, "open still")


def test_a_pass_under_way_keeps_its_workers_until_it_ends(tmp_path: Path) -> None:
    with make_news(tmp_path) as news:
        before = news.context
        with before.in_use():
            sandbox = before.sandbox
            read = news.context.config.read.model_copy(update={"deadline": 3.0})
            reloaded(news, read=read)
            assert news.context.sandbox is not sandbox
            assert sandbox.call(len, "open") == 4
        with pytest.raises(WorkerDied, match="closed"):
            sandbox.call(len, "closed")
        assert news.context.sandbox.call(len, "new") == 3
