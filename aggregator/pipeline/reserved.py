"""Does what config says about pages whose owners reserve text and data mining; stores nothing."""

from __future__ import annotations

from aggregator.core.addresses import show
from aggregator.core.reservation import RESERVES, read_reservation
from aggregator.edge.web import Answer
from aggregator.errors import NotAllowed


def heed(policy: str, answer: Answer) -> str:
    """Return what an answer declares, for the article; `NotAllowed` where config obeys it.

    `policy` is `fetch.reservations` of config: obey, flag or ignore.
    """
    if policy == "ignore":
        return ""
    declared = read_reservation(answer.headers, answer.body)
    reserving = [word for word in declared if word in RESERVES]
    if reserving and policy == "obey":
        reason = f"its owner reserves text and data mining ({', '.join(reserving)})"
        raise NotAllowed(show(answer.url), reason)
    return ", ".join(declared)
