"""Fills a database with an invented archive of any size, as the program itself would leave it.

Must not be taken for the program's own way: no page is read and no text is compared here.
"""

from __future__ import annotations

from stock.filling import fill, stocked

__all__ = ["fill", "stocked"]
