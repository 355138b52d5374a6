"""Reads the stories, outlets, singles and bulletins of the gold suite; makes nothing of them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gold.desk import Draft

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Outlet:
    """A news site and its habits."""

    key: str
    language: str
    boilerplate: tuple[str, ...]
    promos: tuple[str, ...]
    dateline: str  # "keep", "strip" or "place"
    habits: frozenset[str]  # british, curly, traditional, egyptian, plain_nukta

    @property
    def host(self) -> str:
        """The registered domain."""
        return f"{self.key}.example"


@dataclass(frozen=True, slots=True)
class Section:
    """A further text that belongs to a story: its kind, a headline if any, and paragraphs."""

    kind: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A text file: settings, the main text, and what stands below it."""

    key: str
    settings: dict[str, Any]
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def language(self) -> str:
        """Its language code."""
        return str(self.settings.get("language", self.key[:2]))

    @property
    def day(self) -> int:
        """The day it breaks, 0 to 9."""
        return int(self.settings["day"])

    @property
    def titles(self) -> tuple[str, ...]:
        """Headlines; the first is the agency's."""
        return tuple(self.settings["titles"])

    @property
    def draft(self) -> Draft:
        """The story as the agency sent it, without dateline."""
        return Draft(self.titles[0], self.paragraphs, self.language)

    def of(self, kind: str) -> list[Section]:
        """Its sections of a kind."""
        return [section for section in self.sections if section.kind == kind]

    def drafts(self, kind: str) -> list[Draft]:
        """Its sections of a kind that are articles of their own."""
        return [Draft(s.title, s.paragraphs, self.language) for s in self.of(kind)]


def read_outlets() -> dict[str, list[Outlet]]:
    """Outlets by language, in the order of the file."""
    raw = tomllib.loads((HERE / "outlets.toml").read_text(encoding="utf-8"))
    return {
        language: [
            Outlet(
                key=key,
                language=language,
                boilerplate=tuple(fields["boilerplate"]),
                promos=tuple(fields["promos"]),
                dateline=fields["dateline"],
                habits=frozenset(name for name, value in fields.items() if value is True),
            )
            for key, fields in outlets.items()
        ]
        for language, outlets in raw.items()
    }


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def read_pieces(folder: str) -> list[Piece]:
    """The text files of a folder, by name: settings between `+++`, text, `## kind | title`."""
    found = []
    for path in sorted((HERE / folder).glob("*.txt")):
        _, settings, text = path.read_text(encoding="utf-8").split("+++\n", 2)
        main, *rest = re.split(r"^## ", text, flags=re.MULTILINE)
        sections = []
        for part in rest:
            head, _, body = part.partition("\n")
            kind, _, title = head.partition(" | ")
            sections.append(Section(kind.strip(), title.strip(), _lines(body)))
        paragraphs = _lines(main)
        made = tomllib.loads(settings)
        if paragraphs[0].startswith("# "):
            made["titles"] = [paragraphs[0][2:]]
            paragraphs = paragraphs[1:]
        found.append(Piece(path.stem, made, paragraphs, tuple(sections)))
    return found


def read_singles() -> list[Draft]:
    """Short stories that nobody copies: files by language, `# title` before each."""
    found = []
    for path in sorted((HERE / "singles").glob("*.txt")):
        for part in re.split(r"^# ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = part.partition("\n")
            found.append(Draft(title.strip(), _lines(body), path.stem))
    return found


def read_bulletins() -> list[dict[str, Any]]:
    """The templates of robots and forms, in the order of the files."""
    return [
        {"file": path.stem, "number": number, **bulletin}
        for path in sorted((HERE / "robots").glob("*.toml"))
        for number, bulletin in enumerate(
            tomllib.loads(path.read_text(encoding="utf-8"))["bulletin"]
        )
    ]
