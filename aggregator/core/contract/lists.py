"""The shapes of the JSON of lists and of comparisons: typed here and published with the others."""

from __future__ import annotations

from typing import Annotated, TypedDict

from aggregator.core.contract.evidence import PairDict
from aggregator.core.contract.kinds import Count, Share, Time, Version


class OutletLineDict(TypedDict):
    """One outlet of the list."""

    id: int
    name: str
    domain: str
    family: Annotated[str | None, "owner group"]
    agency: Annotated[str | None, "key of the agency that this outlet is"]
    articles: Annotated[Count, "kept, walls and thin pages too"]
    shared: Annotated[Count, "articles of stories that other outlets ran too"]
    published_first: Annotated[Count, "of those stories"]
    carried: Annotated[Count, "articles that carry another outlet's copy"]
    credited: Annotated[Count, "articles with an agency's text that say so"]
    uncredited: Annotated[Count, "articles with an agency's text that do not"]
    uncredited_rate: Annotated[Share | None, "of the two together"]
    last_at: Annotated[Time | None, "latest publication"]


class OutletsDict(TypedDict):
    """`outlets.json`: one page of the list of outlets."""

    version: Version
    made_at: Time
    total: Annotated[Count, "outlets that answer to the question"]
    offset: Annotated[Count, "of them, how many come before this page"]
    outlets: list[OutletLineDict]


class AgencyLineDict(TypedDict):
    """One agency of the list."""

    key: str
    name: str
    stories: Annotated[Count, "that are its copy"]
    widest: Annotated[Count, "outlets of the widest of them"]
    articles: Annotated[Count, "that a credit proves to be its copy, its own site left out"]
    uncredited: Annotated[Count, "of them, those that name no agency"]
    uncredited_rate: Share | None
    last_at: Annotated[Time | None, "latest publication in one of its stories"]


class AgenciesDict(TypedDict):
    """`agencies.json`: one page of the list of agencies."""

    version: Version
    made_at: Time
    total: Annotated[Count, "agencies that answer to the question"]
    offset: Annotated[Count, "of them, how many come before this page"]
    agencies: list[AgencyLineDict]


class SideDict(TypedDict):
    """One of two articles set side by side."""

    article: int
    story: Annotated[int | None, "null when it stands in none"]
    outlet: str
    title: str
    url: str
    published_at: Time
    words: Count


class SegmentDict(TypedDict):
    """Words of one side that are the same, or are not."""

    text: str
    mark: Annotated[str, "same, cut or added"]


class RowDict(TypedDict):
    """One paragraph of either side; an empty list where it has no counterpart."""

    kind: Annotated[str, "same, changed, cut or added"]
    left: list[SegmentDict]
    right: list[SegmentDict]


class CompareDict(TypedDict):
    """`compare.json`: two articles, what was found of them, and how their texts differ."""

    version: Version
    made_at: Time
    a: SideDict
    b: SideDict
    together: Annotated[bool, "whether they stand in one story"]
    decision: Annotated[str, "in a sentence"]
    reason: Annotated[str, "of the comparison, or why there was none"]
    pair: Annotated[PairDict | None, "null when they were never compared word by word"]
    rule: Annotated[str, "the rule in words"]
    corrections: Annotated[list[str], "a person's decisions about both, in force"]
    changes: Annotated[str, "what b changed of a, in a few words"]
    rows: list[RowDict]
