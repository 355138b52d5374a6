"""Writes and extends config files, atomically and with their comments; fetches nothing."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.core.plain import one_line
from aggregator.core.urls import absolute_url
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from aggregator.core.opml import OpmlFeed

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


def add_feed(path: str | os.PathLike[str], name: str, url: str) -> None:
    """Add a feed to a config file; comments, order and quotes of the file stay as they are.

    Raises ConfigError when the file is wrong already, UsageError when the feed is in it or its
    URL is none.
    """
    from aggregator.config import Config

    target = Path(path)
    config = Config.load(path)
    address = absolute_url(url)
    if address is None:
        raise UsageError(one_line(url, _MAX_NAME), "not an http or https URL")
    bare = address.partition("://")[2].rstrip("/")
    for feed in config.feeds:
        if feed.url.partition("://")[2].rstrip("/") == bare:
            raise UsageError(address, f"is in {os.fspath(path)} already, as {feed.name!r}")
    taken = {feed.name.casefold() for feed in config.feeds}
    before = target.read_bytes().decode("utf-8-sig")
    after = _with_feed(before, _free_name(name, taken), address)
    if Config.parse(after.encode(), os.fspath(path)).feeds[:-1] != config.feeds:
        raise UsageError(os.fspath(path), "cannot be extended safely", hint="an editor")
    _replace(target, after, overwrite=True)


def _with_feed(text: str, name: str, url: str) -> str:
    """The file with one feed more.

    Lines are put behind the last feed, and nothing else is touched: a round trip through ruamel
    moves comments that follow the list into it. Only a list in brackets takes that way.
    """
    from ruamel.yaml import YAML

    root = YAML(typ="safe", pure=True).compose(text)
    keys = {key.value: (key, value) for key, value in root.value}
    key, feeds = keys.get("feeds", (None, None))
    lines = text.splitlines(keepends=True)
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    if feeds is not None and feeds.id == "sequence" and feeds.value and not feeds.flow_style:
        margin, at = feeds.start_mark.column, _last_line(feeds.value[-1])
    elif root.flow_style:
        return _round_trip(text, name, url)
    elif key is None:
        margin, at = 2, len(lines)
        lines.append("feeds:" + end)
    elif empty := _EMPTY_LIST.fullmatch(lines[key.start_mark.line].rstrip()):
        margin, at = 2, key.start_mark.line
        lines[at] = f"{empty[1]} {empty[2] or ''}".rstrip() + end
    else:
        return _round_trip(text, name, url)
    for index in (at - 1, at):  # a last line may lack its end
        if 0 <= index < len(lines) and not lines[index].endswith("\n"):
            lines[index] += end
    dash = " " * margin
    new = f"{dash}- name: {_quoted(name)}{end}{dash}  url: {_quoted(url)}{end}"
    return "".join([*lines[: at + 1], new, *lines[at + 1 :]])


def _round_trip(text: str, name: str, url: str) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    document: Any = yaml.load(text)
    document["feeds"] = document.get("feeds") or []
    document["feeds"].append({"name": name, "url": url})
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
    lines = []
    for feed in feeds:
        lines += [
            f"  - name: {_quoted(_free_name(feed.name, taken))}",
            f"    url: {_quoted(feed.url)}",
        ]
    return "\n".join(lines) + "\n"


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
