"""The public names and their signatures: whoever changes one changes it here, on purpose."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import aggregator
from aggregator import errors, model

NAMES = ["Aggregator", "Config", "__version__", "compare", "fingerprint", "partition"]
SIGNATURES = {
    "compare": "(a: 'str', b: 'str', rule: 'Thresholds | None' = None) -> 'Match'",
    "fingerprint": "(body: 'str') -> 'Fingerprint'",
    "partition": (
        "(texts: 'Mapping[Key, str]', rule: 'Thresholds | None' = None) -> 'list[list[Key]]'"
    ),
}
METHODS = {
    "Aggregator": {
        "__init__": (
            "(self, config: 'Config', *, database: 'str | Path | None' = None,"
            " clock: 'Clock' = <function utc_now>, watch: 'Watch' = <function <lambda>>,"
            " expect: 'Expect' = <function <lambda>>, stop: 'threading.Event | None' = None,"
            " watched: 'bool' = False, beside: 'bool' = False) -> 'None'"
        ),
        "collect": "(self, *, everything: 'bool' = False) -> 'Tally'",
        "read": "(self) -> 'Tally'",
        "revisit": "(self) -> 'Tally'",
        "cluster": "(self) -> 'Tally'",
        "alert": "(self) -> 'Tally'",
        "tend": "(self) -> 'Tally'",
        "reload": "(self, config: 'Config') -> 'tuple[str, ...]'",
        "run_once": "(self, *, polling: 'bool' = True) -> 'Tally'",
        "import_file": "(self, path: 'str | Path', *, workers: 'int' = 0) -> 'Counter[str]'",
        "stop_on_signals": "(self) -> 'None'",
        "report": (
            "(self, *, hours: 'float | None' = None, min_outlets: 'int' = 1, limit: 'int' = 50,"
            " whole: 'bool' = False) -> 'Report'"
        ),
        "stories": (
            "(self, *, since: 'datetime | None' = None, min_outlets: 'int' = 1,"
            " limit: 'int' = 1000) -> 'tuple[Story, ...]'"
        ),
        "story": "(self, story_id: 'int') -> 'Story | None'",
        "close": "(self) -> 'None'",
    },
    "Config": {"load": "(path: 'str | os.PathLike[str]') -> 'Config'"},
}


def _signature(function: object) -> str:
    """A signature as text, without the addresses of default functions."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    named = [
        parameter.replace(default=_Named(parameter.default))
        if inspect.isfunction(parameter.default)
        else parameter
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=named))


class _Named:
    """Stands for a function in a signature."""

    def __init__(self, function: object) -> None:
        self.name = getattr(function, "__qualname__", "").rpartition(".")[2]

    def __repr__(self) -> str:
        return f"<function {self.name}>"


def test_the_public_names() -> None:
    assert aggregator.__all__ == NAMES == sorted(NAMES)
    assert dir(aggregator) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    assert getattr(aggregator, name) is not None
    assert getattr(aggregator, name) is getattr(aggregator, name)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="'Story'"):
        _ = aggregator.Story


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_of_the_pure_three(name: str) -> None:
    assert _signature(getattr(aggregator, name)) == SIGNATURES[name]


@pytest.mark.parametrize(
    ("kind", "method"), [(kind, method) for kind, all_ in METHODS.items() for method in all_]
)
def test_signatures_of_methods(kind: str, method: str) -> None:
    assert _signature(getattr(getattr(aggregator, kind), method)) == METHODS[kind][method]


def test_the_line_has_no_other_public_methods() -> None:
    public = {
        name
        for name, value in inspect.getmembers(aggregator.Aggregator, inspect.isfunction)
        if not name.startswith("_")
    }
    assert public == set(METHODS["Aggregator"]) - {"__init__"}
    for name in ("__enter__", "__exit__"):
        assert hasattr(aggregator.Aggregator, name)


def test_public_names_say_what_they_are() -> None:
    for name in NAMES:
        value = getattr(aggregator, name)
        assert name == "__version__" or inspect.getdoc(value)
    for method in METHODS["Aggregator"]:
        assert inspect.getdoc(getattr(aggregator.Aggregator, method))


def test_star_import_gives_the_public_names() -> None:
    code = "from aggregator import *; print(sorted(n for n in dir() if n[:2] != '__'))"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert printed.strip() == str([name for name in NAMES if not name.startswith("__")])


def test_values_are_frozen_and_slotted() -> None:
    values = [
        value
        for value in vars(model).values()
        if inspect.isclass(value) and value.__module__.startswith(model.__name__)
        and hasattr(value, "__dataclass_fields__")
    ]  # fmt: skip
    assert len(values) > 10
    for value in values:
        assert value.__dataclass_params__.frozen, value
        assert "__slots__" in vars(value), value
        assert all(field.kw_only for field in value.__dataclass_fields__.values()), value


def test_exit_codes_of_the_error_tree() -> None:
    codes = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, errors.AggregatorError)
    }
    assert {name for name, code in codes.items() if code == 2} == {"ConfigError", "UsageError"}
    assert {name for name, code in codes.items() if code == 4} == {"AlreadyRunning"}
    assert set(codes.values()) == {1, 2, 4}
