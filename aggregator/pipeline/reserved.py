"""Does what config says about pages whose owners reserve text and data mining; stores nothing."""

from __future__ import annotations

import threading

from aggregator.core.addresses import show
from aggregator.core.reservation import RESERVES, TDM, read_reservation
from aggregator.core.tdmrep import PLACE
from aggregator.edge.web import Answer, Web
from aggregator.errors import NotAllowed


def heed(policy: str, answer: Answer, web: Web, stop: threading.Event | None = None) -> str:
    """Return what is declared of a page, for the article; `NotAllowed` where config obeys it.

    `policy` is `fetch.reservations` of config: obey, flag or ignore. The file of the page's site
    is asked for before anything of the page is read. Raises `FetchError` when stopped meanwhile.
    """
    if policy == "ignore":
        return ""
    rule = web.tdm_rule(answer.final_url, stop=stop)
    by_file = rule is not None and rule.reserved
    declared = read_reservation(answer.headers, answer.body, by_file=by_file)
    reserving = [word for word in declared if word in RESERVES]
    if reserving and policy == "obey":
        reason = f"its owner reserves text and data mining ({', '.join(reserving)})"
        if TDM in reserving and rule is not None and by_file:
            reason += f" in {PLACE}"
            reason += f"; the terms: {show(rule.policy)}" if rule.policy else ""
        raise NotAllowed(show(answer.url), reason)
    return ", ".join(declared)
