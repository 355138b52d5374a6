"""The shapes of the JSON that programs read: the one place they are written down; makes none.

What makes JSON is typed by these, so mypy finds a key that is missing or new, and the published
schema is generated from them. Within a version keys may be added; a key that goes, changes its
meaning, or gets a word that was not in its list makes a new version.
"""

from __future__ import annotations

from aggregator.core.contract.evidence import (
    AgencyOfStory,
    AnswerDict,
    AnswersDict,
    ChangeDict,
    ClaimDict,
    CopyCredit,
    CorrectionDict,
    CreditDict,
    PageDict,
    PairDict,
    ParentDict,
    RevisionDict,
    WireVersionDict,
)
from aggregator.core.contract.kinds import (
    VERSION,
    Count,
    Keywords,
    Share,
    Sureness,
    Time,
    Version,
)
from aggregator.core.contract.lists import (
    AgenciesDict,
    AgencyLineDict,
    CompareDict,
    OutletLineDict,
    OutletsDict,
    RowDict,
    SegmentDict,
    SideDict,
)
from aggregator.core.contract.profiles import (
    AgencyDict,
    AgencyPageDict,
    CarriedDict,
    ExchangeDict,
    OutletDict,
    OutletPageDict,
    RefusalDict,
    SiteDict,
)
from aggregator.core.contract.stories import (
    AlertDict,
    CopyDict,
    FeedDict,
    HistoryDict,
    HistoryOfPage,
    OneStoryDict,
    QuestionDict,
    ReportDict,
    StoryDict,
    TotalsDict,
)

# Everything that is published, in the order of the schema.
DOCUMENTS = (
    ReportDict, OneStoryDict, OutletPageDict, AgencyPageDict, OutletsDict, AgenciesDict,
    CompareDict, HistoryDict, AlertDict, RefusalDict,
)  # fmt: skip

__all__ = [
    "DOCUMENTS",
    "VERSION",
    "AgenciesDict",
    "AgencyDict",
    "AgencyLineDict",
    "AgencyOfStory",
    "AgencyPageDict",
    "AlertDict",
    "AnswerDict",
    "AnswersDict",
    "CarriedDict",
    "ChangeDict",
    "ClaimDict",
    "CompareDict",
    "CopyCredit",
    "CopyDict",
    "CorrectionDict",
    "Count",
    "CreditDict",
    "ExchangeDict",
    "FeedDict",
    "HistoryDict",
    "HistoryOfPage",
    "Keywords",
    "OneStoryDict",
    "OutletDict",
    "OutletLineDict",
    "OutletPageDict",
    "OutletsDict",
    "PageDict",
    "PairDict",
    "ParentDict",
    "QuestionDict",
    "RefusalDict",
    "ReportDict",
    "RevisionDict",
    "RowDict",
    "SegmentDict",
    "Share",
    "SideDict",
    "SiteDict",
    "StoryDict",
    "Sureness",
    "Time",
    "TotalsDict",
    "Version",
    "WireVersionDict",
]
