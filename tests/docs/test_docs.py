"""What the pages of docs/ say can be done: links lead somewhere, examples run, commands exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aggregator.cli import main as command
from aggregator.config import Config

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "DESIGN.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in zip(NAMES, PAGES, strict=True)}
FEEDS = "feeds:\n  - name: A\n    url: https://a.example/feed\n"


def anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        aim = (ROOT / name).parent / path if path else ROOT / name
        assert aim.exists(), target
        if anchor:
            assert anchor in anchors(aim.read_text(encoding="utf-8")), target


def examples(language: str) -> Iterator[tuple[str, str]]:
    for name, text in TEXTS.items():
        for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL):
            yield name, block


def numbered(language: str) -> list[pytest.param]:  # type: ignore[valid-type]
    found = [(n, block) for n, block in examples(language) if n != "README.md"]
    return [pytest.param(b, id=f"{n}-{i}") for i, (n, b) in enumerate(found)]


@pytest.mark.parametrize("block", numbered("yaml"))
def test_config_examples_are_valid(block: str) -> None:
    if block.lstrip().startswith("- "):
        block = "feeds:\n" + block
    whole = block if re.search("^feeds:", block, re.MULTILINE) else f"{FEEDS}\n{block}"
    Config.parse(whole.encode(), "example.yaml")


@pytest.mark.parametrize("block", numbered("python"))
def test_python_examples_run(block: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # What a page says is printed stands as a comment beside or below the line that prints it.
    said = re.findall(r"^(?:print\(.*\)  )?# (.+)$", block, re.MULTILINE)
    assert said and done.stdout.splitlines() == said


def written() -> Iterator[tuple[str, str]]:
    """Every command line of ours on the pages: inline, indented, and in console blocks."""
    for name, text in TEXTS.items():
        plain = re.sub(r"```(?:text|json|html|python|yaml|ini).*?```", "", text, flags=re.DOTALL)
        lines = re.findall(r"`((?:scripts/)?[a-z_]+ [^`\n]*|scripts/[a-z_-]+)`", plain)
        lines += re.findall(r"^(?:    |\$ )((?:scripts/\S+|aggregator ).*)$", plain, re.MULTILINE)
        for line in lines:
            if line.startswith(("scripts/", "aggregator ")):
                yield name, line.split("  #")[0].split(" | ")[0].strip()


LINES = sorted(set(written()))


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{p}: {c}" for p, c in LINES])
def test_commands_exist_with_their_options(page: str, line: str) -> None:
    words = shlex.split(re.sub(r"[\[\]]", " ", line.replace("...", "").replace("…", "")))
    if words[0].startswith("scripts/") and words[0] != "scripts/aggregator":
        assert (ROOT / words[0]).exists(), f"{page}: {words[0]}"
        return
    known: click.Command = command
    path = []
    for word in words[1:]:
        if word.startswith("-") and word not in ("-", "--"):
            options = {name for each in (command, known) for p in each.params for name in p.opts}
            options |= {name for p in known.params for name in p.secondary_opts} | {"--help"}
            assert word.split("=")[0] in options, f"{page}: {line}"
        elif isinstance(known, click.Group) and word in known.commands:
            known = known.commands[word]
            path.append(word)
    # A name in capitals stands for any verb; a bare `aggregator` alone names the program.
    assert path or any(word.isupper() for word in words[1:]) or words[1:] == [], f"{page}: {line}"
