"""The models of what config lists: sources, one a kind, outlets and agencies; reads no file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Tag

from aggregator.config_values import AgencyKey, Domain, Language, Text, WebAddress, span
from aggregator.core.urls import outlet_of

_MINUTE, _DAY = 60, 86_400


class Settings(BaseModel):
    """A part of the config file: strict types, no unknown keys, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SourceSettings(Settings):
    """What every source has. `every` in seconds, None for the schedule's."""

    name: Text  # as shown in lists and logs
    outlet: Text | None = None  # name of the outlet; by default its domain
    every: Annotated[int, span(1, 7 * _DAY, whole=True)] | None = None  # instead of the schedule's
    language: Language | None = None  # of its articles, where the text does not tell
    enabled: bool = True  # false: kept, but not polled


class FeedSettings(SourceSettings):
    """A feed to watch: RSS, RDF, Atom or JSON Feed."""

    url: WebAddress  # where it is asked
    kind: Literal["feed"] = "feed"  # may be left out

    @property
    def domain(self) -> str:
        """The registered domain it counts for."""
        return outlet_of(self.url)


class SitemapSettings(SourceSettings):
    """A news sitemap, a plain one with dates, or an index of such."""

    url: WebAddress  # where it is asked
    kind: Literal["sitemap"]

    @property
    def domain(self) -> str:
        """The registered domain it counts for."""
        return outlet_of(self.url)


class WireSettings(SourceSettings):
    """A folder that an agency drops ninjs or NewsML-G2 files into. `every` as written, or 60 s."""

    folder: Text  # a relative name counts from the config file's folder
    domain: Domain  # whose wire it is: the agency's registered domain
    after: Literal["leave", "move"] = "leave"  # files that were taken stay, or go to `done`
    every: Annotated[int, span(1, 7 * _DAY, whole=True)] = _MINUTE
    kind: Literal["wire"] = "wire"


KINDS: dict[str, type[SourceSettings]] = {
    "feed": FeedSettings, "sitemap": SitemapSettings, "wire": WireSettings,
}  # fmt: skip


def kind_of(part: Any) -> str:
    """The kind of a source as written or as read; a folder is a wire, anything else a feed.

    A kind that is unknown counts as the one that its address fits, so that its other keys are
    judged as well.
    """
    if isinstance(part, SourceSettings):
        return str(part.kind)  # type: ignore[attr-defined]
    written = part if isinstance(part, dict) else {}
    kind = written.get("kind")
    if isinstance(kind, str) and kind in KINDS:
        return kind
    return "wire" if "folder" in written and "url" not in written else "feed"


AnySource = Annotated[
    Annotated[FeedSettings, Tag("feed")]
    | Annotated[SitemapSettings, Tag("sitemap")]
    | Annotated[WireSettings, Tag("wire")],
    Discriminator(kind_of),
]


class OutletSettings(Settings):
    """What is known about an outlet that its domain does not say."""

    domain: Domain  # every page under it is this outlet's
    name: Text  # as shown
    family: Text | None = None  # owner group: its titles count as one source
    agency: Text | None = None  # key of the agency that this outlet is


class AgencySettings(Settings):
    """An agency that the shipped list does not know, in the shape of that list."""

    key: AgencyKey  # as stored and asked for
    name: Text  # as shown
    kind: Literal["agency", "press release"] = "agency"  # a press release is paid for
    domains: tuple[Domain, ...] = ()  # its own sites
    names: tuple[Text, ...] = ()  # as printed in datelines and bylines, case counts
    short: tuple[Text, ...] = ()  # acronyms: count only in datelines, author fields, sign-offs

    def to_dict(self) -> dict[str, object]:
        """The block of `agencies.toml` that says the same."""
        forms: list[object] = [self.name, *self.names]
        forms += [{"text": text, "short": True} for text in self.short]
        return {
            "key": self.key,
            "name": self.name,
            "kind": self.kind,
            "domains": list(self.domains),
            "forms": forms,
        }
