"""What every room's tests share: an empty database with the rules it works by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.edge.store import Store
from tests.edge.test_store_corpus import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store(tmp_path / "news.db") as store:
        yield Desk(store)
