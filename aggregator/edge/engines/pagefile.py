"""Keeps the pages of an archive in one file of JSON lines, found again by place; judges nothing."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from aggregator.core.pages import Page

NAME = "pages.jsonl"
_PLACES = "pages.npy"  # where each line begins, and where the last one ends


def write_pages(folder: Path, pages: Iterable[Page]) -> int:
    """Write pages, which must come in order of their ids; gives how many."""
    import numpy as np

    places, at = [0], 0
    with (folder / NAME).open("wb") as file:
        for page in pages:
            at += file.write(page.to_line().encode("utf-8", "surrogatepass") + b"\n")
            places.append(at)
    np.save(folder / _PLACES, np.array(places, dtype=np.int64))
    return len(places) - 1


class PageFile:
    """The pages of a folder by place, the first being 0."""

    def __init__(self, folder: Path) -> None:
        import numpy as np

        self._places = np.asarray(np.load(folder / _PLACES, mmap_mode="r"))
        self._bytes: bytes | mmap.mmap = b""
        if len(self):  # an empty file cannot be mapped
            with (folder / NAME).open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._places) - 1

    def __getitem__(self, place: int) -> Page:
        line = self._bytes[int(self._places[place]) : int(self._places[place + 1])]
        return Page.from_line(line)

    def range(self, start: int, end: int) -> Iterator[Page]:
        """The pages from one place to before another."""
        return (self[place] for place in range(start, min(end, len(self))))


@lru_cache(maxsize=1)
def open_pages(folder: Path) -> PageFile:
    """The pages of a folder, opened once in a process."""
    return PageFile(folder)
