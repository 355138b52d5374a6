"""Writes and extends config files, atomically and with their comments; fetches nothing."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.core.measures import show_duration
from aggregator.core.opml import OpmlFeed
from aggregator.core.plain import one_line
from aggregator.core.urls import absolute_url
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.config import Config

_PROXY_LINE = "  proxy: null\n"
_FEEDS_LINE = "\nfeeds:\n"
_EMPTY_LIST = re.compile(r"(feeds:)\s*(?:~|null|\[\s*\])?\s*(#.*)?")
_MAX_NAME = 200
_TAKEN = "exists already"
_ELSEWHERE = "another name, or move the file away"


def example_config() -> str:
    """The commented config file that the package carries, with its set of public feeds."""
    return resources.files("aggregator").joinpath("example-config.yaml").read_text("utf-8")


def write_config(
    path: str | os.PathLike[str], feeds: Sequence[OpmlFeed], *, proxy: str | None = None
) -> None:
    """Write a commented config file with `feeds`, or with the example set when there are none.

    Names that occur twice are numbered. Raises UsageError when the file exists or cannot be
    written, and ConfigError, before anything is written, when `proxy` or a feed is not fit for
    a config file.
    """
    from aggregator.config import Config

    target = Path(path)
    if target.exists() or target.is_symlink():
        raise UsageError(os.fspath(path), _TAKEN, hint=_ELSEWHERE)
    text = example_config()
    if proxy is not None:
        text = text.replace(_PROXY_LINE, f"  proxy: {_quoted(proxy)}\n")
    if feeds:
        text = text[: text.index(_FEEDS_LINE)] + _FEEDS_LINE + _lines(feeds)
    Config.parse(text.encode(), os.fspath(path))
    _replace(target, text, overwrite=False)


def add_feed(path: str | os.PathLike[str], name: str, url: str, *, kind: str = "feed") -> None:
    """Add a feed or sitemap to a config file; comments, order and quotes stay as they are.

    Raises ConfigError when the file is wrong already, UsageError when the feed is in it or its
    URL is none.
    """
    from aggregator.config import Config

    address = absolute_url(url)
    if address is None:
        raise UsageError(one_line(url, _MAX_NAME), "not an http or https URL")
    known = _addresses(Config.load(path)).get(_bare(address))
    if known is not None:
        raise UsageError(address, f"is in {os.fspath(path)} already, as {known!r}")
    add_feeds(path, [OpmlFeed(name=name, url=address, kind=kind)])


def add_feeds(path: str | os.PathLike[str], feeds: Sequence[OpmlFeed]) -> list[OpmlFeed]:
    """Add those feeds of a list that a config file does not have; gives them, named as added.

    All in one write. Raises ConfigError when the file is wrong already, and UsageError when it
    cannot be extended without changing what is in it.
    """
    from aggregator.config import Config

    target = Path(path)
    config = Config.load(path)
    known = _addresses(config)
    taken = {feed.name.casefold() for feed in config.feeds}
    added: list[OpmlFeed] = []
    for feed in feeds:
        if _bare(feed.url) not in known:
            known[_bare(feed.url)] = feed.name
            added.append(replace(feed, name=_free_name(feed.name, taken)))
    if not added:
        return []
    after = _with_feeds(target.read_bytes().decode("utf-8-sig"), added)
    if Config.parse(after.encode(), os.fspath(path)).feeds[: -len(added)] != config.feeds:
        raise UsageError(os.fspath(path), "cannot be extended safely", hint="an editor")
    _replace(target, after, overwrite=True)
    return added


def _addresses(config: Config) -> dict[str, str]:
    """Names by address, http and https being one."""
    return {_bare(config.address(feed)): feed.name for feed in config.feeds}


def _bare(url: str) -> str:
    return url.partition("://")[2].rstrip("/")


def _with_feeds(text: str, feeds: Sequence[OpmlFeed]) -> str:
    """The file with more feeds.

    Lines are put behind the last feed, and nothing else is touched: a round trip through ruamel
    moves comments that follow the list into it. Only a list in brackets takes that way.
    """
    from ruamel.yaml import YAML

    root = YAML(typ="safe", pure=True).compose(text)
    keys = {key.value: (key, value) for key, value in root.value}
    key, listed = keys.get("feeds", (None, None))
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if listed is not None and listed.id == "sequence" and listed.value and not listed.flow_style:
        margin, at = listed.start_mark.column, _last_line(listed.value[-1])
    elif root.flow_style:
        return _round_trip(text, feeds)
    elif key is None:
        margin, at = 2, len(lines)
        lines.append("feeds:" + end)
    elif empty := _EMPTY_LIST.fullmatch(lines[key.start_mark.line].rstrip()):
        margin, at = 2, key.start_mark.line
        lines[at] = f"{empty[1]} {empty[2] or ''}".rstrip() + end
    else:
        return _round_trip(text, feeds)
    for index in (at - 1, at):  # a last line may lack its end
        if 0 <= index < len(lines) and not lines[index].endswith("\n"):
            lines[index] += end
    new = [line + end for feed in feeds for line in _block(feed, " " * margin)]
    return "".join([*lines[: at + 1], *new, *lines[at + 1 :]])


def _round_trip(text: str, feeds: Sequence[OpmlFeed]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    document: Any = yaml.load(text)
    document["feeds"] = document.get("feeds") or []
    document["feeds"] += [_values(feed) for feed in feeds]
    written = io.StringIO()
    yaml.dump(document, written)
    return written.getvalue()


def _last_line(node: Any) -> int:
    """The line on which what `node` holds ends; its own end mark lies behind the comments."""
    if node.id == "scalar" or node.flow_style or not node.value:
        end = node.end_mark
        return int(end.line - (1 if end.column == 0 and end.line > node.start_mark.line else 0))
    last = node.value[-1]
    return _last_line(last[1] if node.id == "mapping" else last)


def _lines(feeds: Sequence[OpmlFeed]) -> str:
    taken: set[str] = set()
    lines: list[str] = []
    for feed in feeds:
        lines += _block(replace(feed, name=_free_name(feed.name, taken)), "  ")
    return "\n".join(lines) + "\n"


def _block(feed: OpmlFeed, margin: str) -> list[str]:
    """One feed as lines of a list."""
    pairs = [
        f"{key}: {str(value).lower() if isinstance(value, bool) else _quoted(value)}"
        for key, value in _values(feed).items()
    ]
    return [f"{margin}{'  ' if number else '- '}{pair}" for number, pair in enumerate(pairs)]


def _values(feed: OpmlFeed) -> dict[str, str | bool]:
    """The keys that a feed needs in a config file; what is as usual is left out."""
    values: dict[str, str | bool | None] = {
        "name": feed.name,
        "url": feed.url,
        "kind": None if feed.kind == "feed" else feed.kind,
        "outlet": feed.outlet,
        "every": show_duration(feed.every) if feed.every else None,
        "language": feed.language,
        "enabled": None if feed.enabled else False,
    }
    return {key: value for key, value in values.items() if value is not None}


def _free_name(name: str, taken: set[str]) -> str:
    """`name` on one line, with a number behind it when it is taken; then it is taken."""
    plain = "".join(c for c in one_line(name, _MAX_NAME - 8) if c.isprintable()).strip() or "Feed"
    number, free = 2, plain
    while free.casefold() in taken:
        number, free = number + 1, f"{plain} {number}"
    taken.add(free.casefold())
    return free


def _quoted(text: str) -> str:
    """As a YAML scalar: bare where that is safe, else in double quotes, which JSON's are."""
    if re.fullmatch(r"https?://[^\s#,\[\]{}\"'\\]+", text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _replace(target: Path, text: str, *, overwrite: bool) -> None:
    """Put `text` in place whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise UsageError(str(target), f"cannot be written ({error.strerror})") from None
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(target.stat().st_mode & 0o777 if overwrite else 0o644)
        if overwrite:
            draft.replace(target.resolve())
        else:
            # A link fails when the name was taken meanwhile; a rename would overwrite.
            target.hardlink_to(draft)
    except FileExistsError:
        raise UsageError(str(target), _TAKEN, hint=_ELSEWHERE) from None
    except OSError as error:
        raise UsageError(str(target), f"cannot be written ({error.strerror})") from None
    finally:
        draft.unlink(missing_ok=True)
