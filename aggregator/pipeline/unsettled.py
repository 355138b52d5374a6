"""Hands claims back when the database, and not the item, was in the way; decides no item's fate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

from aggregator.edge.store import Store
from aggregator.errors import StoreError

Item = TypeVar("Item")


class Unsettled(Generic[Item]):
    """Items that were claimed and are not committed yet; a context manager around the work.

    A claim counts a try before the work, and a try without an outcome counts as a crash of the
    whole program. When a commit fails for want of room, or because another program holds the
    database, no item is to blame: what was claimed is owed back, and is given back in the next
    commit that goes well. Else an hour of a full disk would have good items given up.
    """

    def __init__(self, store: Store, hand_back: Callable[[Store, Item], None]) -> None:
        self._store = store
        self._hand_back = hand_back
        self._items: dict[int, Item] = {}

    def add(self, key: int, item: Item) -> None:
        """An item that was just claimed."""
        self._items[key] = item

    def drop(self, key: int) -> None:
        """What became of the item is committed."""
        self._items.pop(key, None)

    def keys(self) -> list[int]:
        """What is claimed and not committed."""
        return list(self._items)

    def __enter__(self) -> Unsettled[Item]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, StoreError):
            for item in self._items.values():
                self._store.owe(partial(self._hand_back, self._store, item))
        self._items.clear()
