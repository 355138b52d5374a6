"""Keeps the owner group of every outlet in line with config and the bundled list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aggregator.core.families import family_of


def set_families(db: Any, configured: Mapping[str, str]) -> int:
    """Give each outlet its family, by domain: config's word, else the bundled list's, else none.

    Stories of outlets that changed hands are folded again, because publishers are counted by
    family. Gives how many outlets changed.
    """
    changed = []
    for row in db.execute("SELECT id, domain, family FROM outlets").fetchall():
        family = configured.get(row["domain"]) or family_of(row["domain"])
        if family != row["family"]:
            db.execute("UPDATE outlets SET family = ? WHERE id = ?", [family, row["id"]])
            changed.append(row["id"])
    db.execute(
        "UPDATE fingerprints SET clustered = 0"
        " WHERE clustered = 1 AND outlet IN (SELECT value FROM json_each(?))",
        [json.dumps(changed)],
    )
    return len(changed)
