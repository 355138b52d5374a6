"""Says whether two listings of one feed are one item; looks nothing up and changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from aggregator.core import titles
from aggregator.core.urls import url_key

_HOSTED = re.compile(r"https?://[^/?#]+(?=.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What identifies an item in its feed."""

    guid: str
    url: str | None
    title: str
    published_at: datetime | None


def is_same_item(old: Listing, new: Listing) -> bool:
    """Whether `new` is the item listed as `old` before, under another guid.

    Feeds change all guids at once (a new system, https), or one on every fetch (a token in the
    link). The title must be the same, and the address, or the guid but for its host, or the time
    and the address but for its query. Items without a title need the same time as well.
    """
    if old.title != new.title:
        return False
    same_time = old.published_at is not None and old.published_at == new.published_at
    if not new.title and not same_time:
        return False
    a, b = (url_key(each.url) if each.url else "" for each in (old, new))
    if a == b and (a or same_time):
        return True
    bare_a, bare_b = _HOSTED.sub("", old.guid), _HOSTED.sub("", new.guid)
    if bare_a == bare_b and bare_a != old.guid and len(bare_a) > 1:
        return True
    return bool(a and b) and same_time and a.partition("?")[0] == b.partition("?")[0]


def is_other_story(old: Listing, new: Listing) -> bool:
    """Whether a guid has been given to another story: another address and another headline."""
    if not (old.url and new.url and old.title and new.title):
        return False
    if url_key(old.url).partition("?")[0] == url_key(new.url).partition("?")[0]:
        return False
    return not titles.agree(titles.words_of(old.title), titles.words_of(new.title))
