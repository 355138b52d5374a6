"""Writes what `all` found as PERFORMANCE.md: what misses its target first; measures nothing."""

from __future__ import annotations

from typing import Any

INTRO = """\
# Performance

This page is written by `scripts/bench all --write PERFORMANCE.md`: change the program or its
benches, not the page. Each bench is a module of `scripts/benches` that says what it measures and
beside what.

Ratios count more than times: both sides of one were measured in turn in the same run, so a busy
moment hits both, and medians are told. CPU is what the work itself took; wall times want a quiet
machine. A target that is missed is no failed test. It stands at the top.
"""
LABELS = ("what", "from", "way", "command", "page", "address", "texts", "pages read")
MARKS = ("promise", "kept")


def render(found: dict[str, Any]) -> str:
    """The page of a document of `all`."""
    missed = [row for row in found["rows"] if not row["kept"]]
    parts = [INTRO, _machine(found), "## What misses its target\n"]
    if missed:
        heads = {"bench": "bench", "what": "what", "figure": "measured", "promise": "target"}
        parts.append(_table([{heads[key]: row[key] for key in heads} for row in missed]))
    else:
        parts.append("Nothing.\n")
    kept = len(found["rows"]) - len(missed)
    parts.append(f"Kept are {kept} of {len(found['rows'])} targets.\n")
    for bench in found["benches"]:
        command = f"scripts/bench {bench['name']} {bench['options']}".strip()
        parts.append(f"## {bench['title']}\n")
        parts.append(f"`{command}`: {bench['told']}. It took {bench['seconds']:,.0f} s.\n")
        if bench["rows"]:
            parts.append(_table([_marked(row) for row in bench["rows"]]))
    return "\n".join(parts)


def parts_of(row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What a row is about, and its figures with their names."""
    names = [show(row[key]) for key in LABELS if key in row]
    figures = [f"{key} {show(value)}" for key, value in row.items() if key not in (*LABELS, *MARKS)]
    return names, figures


def show(value: Any) -> str:
    """A value as it stands in a table."""
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _machine(found: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return f"{found['date']}, {found['processor']}, {found['system']}.\n{versions}.\n"


def _marked(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its marks last, under the names a reader expects."""
    rest = {key: value for key, value in row.items() if key not in MARKS}
    if "kept" in row:
        rest |= {"target": row.get("promise", "none"), "met": row["kept"]}
    return rest


def _table(rows: list[dict[str, Any]]) -> str:
    keys = dict.fromkeys(key for row in rows for key in row)
    heads = [key for key in keys if key not in ("target", "met")]
    heads += [key for key in ("target", "met") if key in keys]
    lines = [heads, ["---"] * len(heads)]
    lines += [[show(row[head]) if head in row else "" for head in heads] for row in rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"
