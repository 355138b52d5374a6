"""Remembers each site's file of text and data mining reservations; the fetch is handed in."""

from __future__ import annotations

import threading

from aggregator.core.addresses import Target
from aggregator.core.tdmrep import PLACE, TdmRule, parse_tdmrep, rule_for
from aggregator.edge.web.origins import AGE_OF_FAULT, Learnt, OriginBook
from aggregator.edge.web.rules import Fetch
from aggregator.errors import FetchError, Refused


class ReservationBook:
    """`/.well-known/tdmrep.json` of many sites.

    A site that does not give the file "does not implement this protocol" (its specification), so
    one that cannot be had reserves nothing; a site in trouble is asked again sooner.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._book: OriginBook[tuple[TdmRule, ...]] = OriginBook(self._learn)

    def rule_for(self, target: Target, stop: threading.Event | None) -> TdmRule | None:
        """What the file says of an address; raises `FetchError` when stopped."""
        return rule_for(self._book.look(target.origin, stop), target.url)

    def _learn(self, origin: str, stop: threading.Event | None) -> Learnt[tuple[TdmRule, ...]]:
        try:
            body = self._fetch(origin + PLACE, stop)
        except FetchError as error:
            if stop is not None and stop.is_set():
                raise  # says nothing about the site
            none = isinstance(error, Refused) and 400 <= error.status < 500
            return Learnt(()) if none else Learnt((), AGE_OF_FAULT)
        return Learnt(parse_tdmrep(body), size=len(body))
