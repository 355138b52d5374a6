"""The one-way rule and its neighbours, read from the syntax trees; prints the offending line."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aggregator"

CONFIG = {
    "config", "config_alerts", "config_sources", "config_values", "config_faults", "yamlfile",
}  # fmt: skip
BOTTOM = {"model", "errors"}
# What a part of the package may import, by the first name below `aggregator`.
# cli -> daemon -> pipeline -> edge -> core -> model, errors; config is read by the top three.
MAY_IMPORT: dict[str, set[str]] = {
    "model": {"model"},
    "errors": set(),
    "core": {"core", *BOTTOM},
    "edge": {"edge", "core", *BOTTOM},
    "pipeline": {"pipeline", "edge", "core", *BOTTOM, *CONFIG},
    "daemon": {"daemon", "pipeline", "edge", "core", "__version__", *BOTTOM, *CONFIG},
    "cli": {
        "cli", "daemon", "datasette_plugin", "demo", "init_config", "pipeline", "edge", "core",
        "__version__", *BOTTOM, *CONFIG,
    },
    **{part: {"core", "__version__", *BOTTOM, *CONFIG} for part in CONFIG},
    "init_config": {"core", *BOTTOM, *CONFIG},
    # The demo drives the line as the command does, on a day of its own.
    "demo": {"demo", "pipeline", "edge", "core", *BOTTOM, *CONFIG},
    # Datasette loads the plug-in; it reads what edge reads and knows nothing of the line.
    "datasette_plugin": {"datasette_plugin", "edge", "core", *BOTTOM},
    "__main__": {"cli"},
}  # fmt: skip
# A room is a module or sub-package directly in edge/.
ROOMS_MAY_IMPORT = {"sources": {"web", "sandbox"}, "store": {"schema"}, "sending": {"web"}}

CORE_THIRD_PARTY = {
    "ada_url", "courlan", "datasketch", "feedparser", "htmldate", "listparser", "lxml", "numba",
    "numpy", "opencc", "protego", "py3langid", "tldextract", "trafilatura",
}  # fmt: skip
# Clock, socket, file, database, environment, randomness; processes and threads, which are none
# of core's business; and talk, which is the command's.
CORE_REFUSED = {
    "asyncio", "concurrent", "ctypes", "dbm", "fileinput", "ftplib", "getpass", "glob", "http",
    "locale", "logging", "mmap", "multiprocessing", "os", "pathlib", "pickle", "platform",
    "queue", "random", "sched", "secrets", "select", "selectors", "shelve", "shutil", "signal",
    "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib.request", "uuid", "webbrowser", "zoneinfo",
}  # fmt: skip
# Bundled data and the versions of libraries are part of the program.
CORE_HARMLESS = {"sys.intern"}  # one copy of equal strings
CORE_IMPORTLIB = {"importlib.resources", "importlib.metadata"}
CORE_CALLS = {
    "open": "opens a file",
    "print": "talks",
    "input": "talks",
    "hash": "differs from run to run (PYTHONHASHSEED)",
    "eval": "runs text",
    "exec": "runs text",
}
CORE_METHODS = {
    "now": "reads the clock",
    "utcnow": "reads the clock",
    "today": "reads the clock",
    "getenv": "reads the environment",
    "write_text": "writes a file",
    "write_bytes": "writes a file",
    "default_rng": "is random",
    "fetch_url": "goes to the web",
    "fetch_response": "goes to the web",
}
# Slow to load; reached only inside functions, by the verbs that need them.
HEAVY = {
    "datasette", "datasketch", "feedparser", "htmldate", "lxml", "numba", "numpy", "opencc",
    "py3langid", "scipy", "trafilatura",
}  # fmt: skip
CLIENTS = {"aiohttp", "httpx", "requests", "urllib.request"}
LINES_OUT = {"http.client", "socket", "ssl", "urllib3"}  # of edge.web alone
# A datagram to the service manager on this machine, and the family of a listening socket.
LOCAL_SOCKETS = {"edge.notify", "edge.endpoint"}
SQL_WRITES = {"edge.store", "edge.schema", "edge.engines"}  # engines: tables of their own
_WRITES = re.compile(
    r"\s*(INSERT\s+(OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE\s+\w+.*\sSET\s|DELETE\s+FROM"
    r"|(CREATE|DROP|ALTER)\s+(TEMP\s+)?(TABLE|VIEW|INDEX|UNIQUE|TRIGGER|VIRTUAL)"
    r"|ATTACH\s|VACUUM\b)",
    re.S,
)
_TRANSACTION = re.compile(
    r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)"
    r"(\s+\w+){0,4}\s*;?\s*"
)
_CANNOT_WRITE = re.compile(r"\?mode=ro\b|PRAGMA query_only = ON")
_UNESCAPED = re.compile(r"\|\s*safe\b|\bautoescape\s+false\b")


@dataclass(frozen=True)
class Import:
    """One module or name imported, in full, with where it stands."""

    name: str
    line: int
    top: bool  # runs when the module is loaded


class Source:
    """One module of the package, by its dotted name below `aggregator`."""

    def __init__(self, path: str, code: str) -> None:
        self.path = path  # from the package's folder
        self.lines = code.splitlines()
        self.tree = ast.parse(code)
        parts = path.removesuffix(".py").split("/")
        self.package = ".".join(parts[:-1])
        self.name = ".".join(parts if parts[-1] != "__init__" or len(parts) == 1 else parts[:-1])
        self.part = parts[0]
        self.room = parts[1] if self.part == "edge" and len(parts) > 1 else ""

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, lazy ones too; what only the type checker sees is marked as not run."""
        return list(self._find(self.tree.body, top=True))

    def ours(self) -> Iterator[Import]:
        """Imports of this package, without its name in front."""
        for found in self.imports:
            if found.name.startswith("aggregator."):
                yield Import(found.name.removeprefix("aggregator."), found.line, found.top)

    def others(self) -> Iterator[Import]:
        """Imports of anything else."""
        return (found for found in self.imports if found.name.split(".")[0] != "aggregator")

    def _find(self, body: list[ast.stmt], *, top: bool) -> Iterator[Import]:
        for statement in body:
            later = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
            never = isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test)
            inner = top and not later and not never
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    yield Import(alias.name, statement.lineno, top)
            elif isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    yield Import(f"{self._origin(statement)}.{alias.name}", statement.lineno, top)
            else:
                for call in self._loaded_by_name(statement):
                    yield Import(call, statement.lineno, inner)
                for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                    nested = getattr(statement, field, [])
                    for child in nested if isinstance(nested, list) else []:
                        if isinstance(child, ast.stmt):
                            yield from self._find([child], top=inner)
                        elif hasattr(child, "body"):
                            yield from self._find(child.body, top=inner)

    def _origin(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        above = ["aggregator", *filter(None, self.package.split("."))]
        above = above[: len(above) - statement.level + 1]
        return ".".join([*above, *filter(None, [statement.module])])

    @staticmethod
    def _loaded_by_name(statement: ast.stmt) -> Iterator[str]:
        if hasattr(statement, "body"):
            return
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and node.args:
                called = ast.unparse(node.func)
                given = node.args[0]
                if called.endswith(("import_module", "__import__")) and isinstance(
                    given, ast.Constant
                ):
                    yield str(given.value)

    def strings(self) -> Iterator[tuple[int, str, str]]:
        """Every string that is no docstring: line, value, and the function it stands in."""

        def walk(node: ast.AST, where: str) -> Iterator[tuple[int, str, str]]:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                    continue
                inside = where
                if isinstance(child, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                    inside = f"{where}.{child.name}".lstrip(".")
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    yield child.lineno, child.value, inside
                elif isinstance(child, ast.JoinedStr):
                    parts = [p.value if isinstance(p, ast.Constant) else "x" for p in child.values]
                    yield child.lineno, "".join(map(str, parts)), inside
                else:
                    yield from walk(child, inside)

        return walk(self.tree, "")

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call with what is called, as written."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, ast.unparse(node.func)


Offence = tuple[int, str]
Rule = Callable[[Source], Iterator[Offence]]
RULES: dict[str, Rule] = {}


def _rule(check: Rule) -> Rule:
    RULES[check.__name__] = check
    return check


def _within(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


@_rule
def one_way(source: Source) -> Iterator[Offence]:
    """Each layer imports only what lies below it."""
    if source.part == "__init__":
        return  # the public names
    part = source.part
    if part not in MAY_IMPORT:
        yield 1, f"{part} has no place in MAY_IMPORT: say what it may import"
        return
    for found in source.ours():
        target = found.name.split(".")[0]
        if target not in MAY_IMPORT[part]:
            yield found.line, f"{part} imports {target}"


@_rule
def rooms_apart(source: Source) -> Iterator[Offence]:
    """Rooms of edge do not import one another, except sources -> web, sandbox."""
    room = source.room
    if not room or room == "__init__":
        return
    for found in source.ours():
        parts = found.name.split(".")
        if parts[0] == "edge" and len(parts) > 1:
            other = parts[1]
            if other != room and other not in ROOMS_MAY_IMPORT.get(room, set()):
                yield found.line, f"edge.{room} imports edge.{other}"


@_rule
def core_is_pure(source: Source) -> Iterator[Offence]:
    """No clock, socket, file, database, environment or randomness in core."""
    if source.part != "core":
        return
    for found in source.others():
        top = found.name.split(".")[0]
        unbundled = top == "importlib" and not _within(found.name, CORE_IMPORTLIB)
        refused = _within(found.name, CORE_REFUSED) and found.name not in CORE_HARMLESS
        if unbundled or refused:
            yield found.line, f"core imports {found.name}"
        elif top not in sys.stdlib_module_names and top not in CORE_THIRD_PARTY:
            yield found.line, f"core imports {top}, which is not in CORE_THIRD_PARTY"
    for call, called in source.calls():
        method = called.rpartition(".")[2]
        if called in CORE_CALLS:
            yield call.lineno, f"{called}() {CORE_CALLS[called]}"
        elif "." in called and method in CORE_METHODS:
            yield call.lineno, f"{called}() {CORE_METHODS[method]}"
        elif re.match(r"(np|numpy)\.random\b", called):
            yield call.lineno, f"{called}() is random"
        elif method == "TLDExtract" and not any(
            key.arg == "suffix_list_urls" and ast.unparse(key.value) == "()"
            for key in call.keywords
        ):
            yield call.lineno, "TLDExtract without suffix_list_urls=() goes to the web"


@_rule
def heavy_imports_wait(source: Source) -> Iterator[Offence]:
    """What is slow to load is imported inside functions."""
    for found in source.others():
        if found.top and found.name.split(".")[0] in HEAVY:
            yield found.line, f"{found.name} is loaded with the module"


@_rule
def one_way_out(source: Source) -> Iterator[Offence]:
    """Every outbound request goes through edge.web, which has no second client beside it."""
    for found in source.others():
        if _within(found.name, CLIENTS):
            yield found.line, f"{found.name} is a client of its own"
        elif found.name == "socket" and source.name in LOCAL_SOCKETS:
            continue
        elif _within(found.name, LINES_OUT) and source.room != "web":
            yield found.line, f"{found.name} outside edge.web"
    for call, called in source.calls():
        if called.rpartition(".")[2] in ("urlopen", "urlretrieve"):
            yield call.lineno, f"{called}() is a client of its own"


@_rule
def feedparser_gets_a_stream(source: Source) -> Iterator[Offence]:
    """feedparser opens strings as addresses and file names: it is given BytesIO alone."""
    for found in source.others():
        if found.name == "feedparser.parse":
            yield found.line, "parse is called as feedparser.parse, so that this test sees it"
    for call, called in source.calls():
        if called.endswith("feedparser.parse"):
            given = call.args[0] if call.args else None
            stream = isinstance(given, ast.Call) and ast.unparse(given.func).endswith("BytesIO")
            if not stream:
                yield call.lineno, "feedparser.parse without BytesIO"


@_rule
def one_door(source: Source) -> Iterator[Offence]:
    """Transactions are begun and ended in Store.write alone."""
    readers = {where for _, value, where in source.strings() if _CANNOT_WRITE.search(value)}
    door = source.name == "edge.store.door"
    for line, value, where in source.strings():
        if not _TRANSACTION.fullmatch(value):
            continue
        # A snapshot on a connection that cannot write begins a transaction too.
        snapshot = value == "BEGIN" and where in readers
        if not (door and (where == "Store.write" or snapshot)):
            yield line, f"{value.strip()!r} outside Store.write"
    for call, called in source.calls():
        if called.rpartition(".")[2] in ("commit", "rollback", "executescript", "atomic"):
            yield call.lineno, f"{called}() goes past Store.write"


@_rule
def no_inert_transactions(source: Source) -> Iterator[Offence]:
    """`with db.conn` rolls nothing back under sqlite-utils 4."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                entered = ast.unparse(item.context_expr)
                if entered.rpartition(".")[2] in ("conn", "connection"):
                    yield node.lineno, f"with {entered}"


@_rule
def writing_sql_behind_the_door(source: Source) -> Iterator[Offence]:
    """Only edge.store holds SQL that writes, and edge.schema what makes the tables."""
    for line, value, _ in source.strings():
        if _WRITES.match(value) and not _within(source.name, SQL_WRITES):
            yield line, "SQL that writes outside edge.store"


def _tell(source: Source, offences: Iterator[Offence]) -> list[str]:
    return [
        f"aggregator/{source.path}:{line}: {why}\n    {source.lines[line - 1].strip()}"
        if source.lines
        else f"aggregator/{source.path}: {why}"
        for line, why in sorted(set(offences))
    ]


@pytest.fixture(scope="module")
def package() -> list[Source]:
    """Every module of the package."""
    return [
        Source(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    ]


@pytest.mark.parametrize("name", RULES)
def test_the_package_keeps_the_rule(name: str, package: list[Source]) -> None:
    found = [line for source in package for line in _tell(source, RULES[name](source))]
    assert not found, f"{RULES[name].__doc__}\n" + "\n".join(found)


def test_every_part_of_the_package_is_read(package: list[Source]) -> None:
    assert {"core", "edge", "pipeline", "cli", "daemon"} <= {source.part for source in package}
    door = next(source for source in package if source.name == "edge.store.door")
    assert any(where == "Store.write" for _, _, where in door.strings())


def test_templates_escape_everything() -> None:
    # Pages of the demo imitate sites that carry JSON-LD; the document is ours, and it alone may
    # stand as it is.
    found = []
    templates = [path for path in PACKAGE.rglob("templates/**/*") if path.is_file()]
    for path in templates:
        demo = path.relative_to(PACKAGE).parts[0] == "demo"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            told = line.replace("{{ json_ld|safe }}", "") if demo else line
            if _UNESCAPED.search(told):
                found.append(f"{path.relative_to(PACKAGE.parent)}:{number}: {line.strip()}")
    assert len(templates) > 5
    assert not found, "\n".join(found)


@pytest.mark.parametrize("line", ["{{ x|safe }}", "{{ x | safe }}", "{% autoescape false %}"])
def test_unescaped_output_would_be_seen(line: str) -> None:
    assert _UNESCAPED.search(line)


GUILTY = [
    ("one_way", "core/a.py", "from aggregator.edge import web"),
    ("one_way", "core/a.py", "from aggregator import pipeline"),
    ("one_way", "core/a.py", "def f():\n    import aggregator.edge.store.door"),
    ("one_way", "core/a.py", "from ..edge import web"),
    ("one_way", "core/a.py", "if TYPE_CHECKING:\n    from aggregator.config import Config"),
    (
        "one_way",
        "core/a.py",
        "from importlib import import_module\nimport_module('aggregator.cli')",
    ),
    ("one_way", "core/a.py", "try:\n    pass\nexcept E:\n    from aggregator.edge import web"),
    ("one_way", "core/a.py", "match x:\n    case 1:\n        from aggregator.edge import web"),
    ("one_way", "edge/a.py", "from aggregator.pipeline import read"),
    ("one_way", "edge/a.py", "from aggregator.config import Config"),
    ("one_way", "edge/a.py", "from aggregator.datasette_plugin import metadata"),
    ("one_way", "pipeline/a.py", "from aggregator.daemon import Daemon"),
    ("one_way", "pipeline/a.py", "from aggregator import demo"),
    ("one_way", "daemon.py", "from aggregator.cli import main"),
    ("one_way", "demo/a.py", "from aggregator.daemon import Daemon"),
    ("one_way", "datasette_plugin/a.py", "from aggregator.pipeline import Aggregator"),
    ("one_way", "daemon.py", "from aggregator import datasette_plugin"),
    ("one_way", "config.py", "from aggregator.edge import files"),
    ("one_way", "model/told.py", "from aggregator.errors import UsageError"),
    ("one_way", "novel.py", "x = 1"),
    ("rooms_apart", "edge/health.py", "from aggregator.edge.store import Store"),
    ("rooms_apart", "edge/web/a.py", "from aggregator.edge.sandbox import Sandbox"),
    ("rooms_apart", "edge/sources.py", "from aggregator.edge import store"),
    ("rooms_apart", "edge/store/a.py", "from aggregator.edge import health"),
    ("rooms_apart", "edge/web/a.py", "from ..sandbox import Sandbox"),
    ("core_is_pure", "core/a.py", "import socket"),
    ("core_is_pure", "core/a.py", "import os.path"),
    ("core_is_pure", "core/a.py", "from time import monotonic"),
    ("core_is_pure", "core/a.py", "from urllib.request import urlopen"),
    ("core_is_pure", "core/a.py", "from urllib import request"),
    ("core_is_pure", "core/a.py", "def f():\n    from random import choice"),
    ("core_is_pure", "core/a.py", "from pathlib import Path"),
    ("core_is_pure", "core/a.py", "from sys import argv"),
    ("core_is_pure", "core/a.py", "import pydantic"),
    ("core_is_pure", "core/a.py", "import importlib"),
    ("core_is_pure", "core/a.py", "with open('x') as file: pass"),
    ("core_is_pure", "core/a.py", "x = datetime.now(UTC)"),
    ("core_is_pure", "core/a.py", "x = date.today()"),
    ("core_is_pure", "core/a.py", "x = hash('a')"),
    ("core_is_pure", "core/a.py", "x = np.random.rand(3)"),
    ("core_is_pure", "core/a.py", "x = TLDExtract()"),
    ("heavy_imports_wait", "core/a.py", "import numpy as np"),
    ("heavy_imports_wait", "edge/a.py", "from lxml import etree"),
    ("heavy_imports_wait", "cli/a.py", "class A:\n    import feedparser"),
    ("one_way_out", "pipeline/a.py", "import requests"),
    ("one_way_out", "edge/web/a.py", "import httpx"),
    ("one_way_out", "edge/sources.py", "import urllib3"),
    ("one_way_out", "edge/lock.py", "from socket import socket"),
    ("one_way_out", "demo/a.py", "import urllib.request"),
    ("one_way_out", "edge/a.py", "x = request.urlopen(u)"),
    ("feedparser_gets_a_stream", "core/a.py", "import feedparser\nfeedparser.parse(data)"),
    ("feedparser_gets_a_stream", "core/a.py", "from feedparser import parse"),
    ("one_door", "edge/store/door.py", "def f(c):\n    c.execute('BEGIN IMMEDIATE')"),
    ("one_door", "edge/store/door.py", "def f(c):\n    c.execute('BEGIN')"),
    ("one_door", "edge/store/keeping.py", "def write(c):\n    c.execute('COMMIT')"),
    ("one_door", "pipeline/a.py", "c.execute('SAVEPOINT a')"),
    ("one_door", "edge/store/a.py", "c.commit()"),
    ("one_door", "edge/store/a.py", "with db.atomic(): pass"),
    ("no_inert_transactions", "edge/store/a.py", "with db.conn: pass"),
    ("no_inert_transactions", "edge/store/a.py", "with self.connection as c: pass"),
    ("writing_sql_behind_the_door", "edge/reading.py", "x = 'UPDATE articles SET title = 1'"),
    (
        "writing_sql_behind_the_door",
        "edge/health.py",
        "x = 'INSERT OR IGNORE INTO runs VALUES (1)'",
    ),
]
INNOCENT = [
    ("one_way", "edge/a.py", "from aggregator.core import text\nfrom aggregator.errors import X"),
    ("one_way", "cli/a.py", "from aggregator import __version__\nfrom aggregator.demo import show"),
    ("one_way", "__init__.py", "from aggregator.pipeline import Aggregator"),
    ("rooms_apart", "edge/sources.py", "from aggregator.edge import sandbox, web"),
    ("rooms_apart", "edge/web/a.py", "from aggregator.edge.web.body import read_body"),
    ("rooms_apart", "pipeline/a.py", "from aggregator.edge import sources, store"),
    ("core_is_pure", "core/a.py", "from importlib.resources import files\nimport re, json"),
    ("core_is_pure", "core/a.py", "from urllib.parse import urlsplit\nimport numpy as np"),
    ("core_is_pure", "core/a.py", "x = TLDExtract(suffix_list_urls=())"),
    ("core_is_pure", "core/a.py", "from sys import intern"),
    ("core_is_pure", "edge/a.py", "import os, socket"),
    ("heavy_imports_wait", "core/a.py", "def f():\n    import numpy"),
    ("heavy_imports_wait", "core/a.py", "if TYPE_CHECKING:\n    import numpy"),
    ("one_way_out", "edge/web/a.py", "import socket, ssl, urllib3, http.client"),
    ("one_way_out", "demo/a.py", "from http.server import HTTPServer"),
    ("feedparser_gets_a_stream", "core/a.py", "feedparser.parse(io.BytesIO(data))"),
    (
        "one_door",
        "edge/store/door.py",
        "class Store:\n    def write(self):\n        x('BEGIN IMMEDIATE')\n        x('COMMIT')",
    ),
    ("one_door", "edge/store/door.py", "def reading(p):\n    x(f'{p}?mode=ro')\n    x('BEGIN')"),
    (
        "one_door",
        "edge/store/door.py",
        "def reading(p):\n    x('PRAGMA query_only = ON')\n    x('BEGIN')",
    ),
    ("one_door", "edge/schema.py", "x = 'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END'"),
    ("one_door", "core/a.py", "'''Begin here.'''\nx = 'The end'"),
    ("no_inert_transactions", "edge/store/a.py", "with store.write() as db: pass"),
    ("writing_sql_behind_the_door", "edge/reading.py", "x = 'SELECT id FROM articles'"),
    ("writing_sql_behind_the_door", "edge/store/a.py", "x = 'DELETE FROM articles'"),
    ("writing_sql_behind_the_door", "cli/a.py", "x = 'Update the list'"),
]


@pytest.mark.parametrize(("name", "path", "code"), GUILTY)
def test_a_breach_is_seen(name: str, path: str, code: str) -> None:
    source = Source(path, code)
    told = _tell(source, RULES[name](source))
    assert told
    assert told[0].startswith(f"aggregator/{path}:")


@pytest.mark.parametrize(("name", "path", "code"), INNOCENT)
def test_what_is_allowed_is_left_alone(name: str, path: str, code: str) -> None:
    source = Source(path, code)
    assert _tell(source, RULES[name](source)) == []
