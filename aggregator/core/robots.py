"""Reads robots.txt and says what it forbids us; fetches nothing and remembers nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

# RFC 9309, section 2.5: at least this much must be read, and nobody needs more.
ROBOTS_CAP = 500 * 1024

_LINE = re.compile(r"\s*([a-z][a-z -]{0,30}?)\s*:\s*(.*)", re.IGNORECASE)
_AGENT = frozenset({"user-agent", "useragent", "user agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What one robots.txt allows us; `size` is the length of the rules that are for us."""

    rules: Protego | None  # None allows everything
    size: int = 0

    def allows(self, url: str) -> bool:
        """Tell whether the address may be fetched; the longest matching rule decides."""
        return self.rules is None or self.rules.can_fetch(url, "*")


ALLOW_ALL = Robots(rules=None)


def product_token(user_agent: str) -> str:
    """Give the name that robots.txt knows us by: `Thing` of `Thing/1.0 (+https://...)`."""
    compatible = re.search(r"\(compatible;\s*([A-Za-z_-]+)", user_agent)
    name = compatible[1] if compatible else re.split(r"[/\s(]", user_agent.strip(), maxsplit=1)[0]
    return name.lower()


def parse_robots(body: bytes, *, user_agent: str) -> Robots:
    """Read the rules meant for `user_agent`, else those for everybody; never raises.

    Rules of other crawlers are dropped before Protego sees them: a file of 480 kB with many
    user agents over many rules kept Protego 0.7 busy for more than 100 s.
    """
    text = body[:ROBOTS_CAP].decode("utf-8-sig", "replace")
    if len(body) > ROBOTS_CAP:
        text = text.rpartition("\n")[0]  # a rule cut short would forbid too much
    token = product_token(user_agent)
    ours: list[str] = []
    everybody: list[str] = []
    named = False
    agents: set[str] = set()
    open_group = False  # user-agent lines in a row share the rules that follow
    for raw in text.splitlines():
        found = _LINE.match(raw.partition("#")[0])
        if found is None:
            continue
        field, value = found[1].lower(), found[2].strip()
        if field in _AGENT:
            if not open_group:
                agents = set()
            open_group = True
            agents.add(value.partition("/")[0].strip().lower())
            named = named or token in agents
        elif "allow" in field:  # allow, disallow and the misspellings Protego knows
            open_group = False
            if token in agents:
                ours.append(f"{field}: {value}")
            if "*" in agents:
                everybody.append(f"{field}: {value}")
        elif field in ("crawl-delay", "crawl delay"):
            open_group = False
    chosen = ours if named else everybody
    if not chosen:
        return ALLOW_ALL
    rules = "\n".join(["User-agent: *", *chosen])
    return Robots(rules=Protego.parse(rules), size=len(rules))
