"""One story and its copies: a multi-source news aggregator and deduplicator.

Importing this does nothing and is fast; the names below are loaded when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.core.api import compare, partition
    from aggregator.core.fingerprint import fingerprint
    from aggregator.pipeline import Aggregator

__version__ = "0.1.0"

_HOMES = {
    "Aggregator": "aggregator.pipeline",
    "Config": "aggregator.config",
    "compare": "aggregator.core.api",
    "fingerprint": "aggregator.core.fingerprint",
    "partition": "aggregator.core.api",
}
__all__ = ["Aggregator", "Config", "__version__", "compare", "fingerprint", "partition"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
