"""Has the line take over its config file as it is now, or refuses that; changes no timetable."""

from __future__ import annotations

import logging

from aggregator.config import Config
from aggregator.errors import AggregatorError, ConfigError
from aggregator.pipeline import Aggregator

log = logging.getLogger("aggregator")


def take_over(news: Aggregator) -> bool:
    """Read the config file again; one with faults is refused whole, and False is given."""
    path = news.context.config.path
    try:
        waiting = news.reload(Config.load(path))
    except ConfigError as error:
        for fault in error.faults:
            log.error("%s", fault, extra={"event": "config"})
        log.error("%s: refused; the config of before goes on", path, extra={"event": "refused"})
        return False
    except AggregatorError as error:
        log.error("%s: not taken over: %s", path, error, extra={"event": "refused"})
        return False
    log.info("%s: read again", path, extra={"event": "reloaded"})
    if waiting:
        told = "%s: %s changed: that is taken over at the next start"
        log.warning(told, path, ", ".join(waiting), extra={"event": "waits"})
    return True
