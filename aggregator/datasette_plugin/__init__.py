"""Plug-in that shows stories inside Datasette 0.65 and 1.0; draws nothing itself.

Only hooks common to both lines are used. It acts on databases that hold our tables and leaves
all others alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

# The marker of Datasette's own hooks, taken from pluggy so that importing this package does not
# import the web server.
from pluggy import HookimplMarker

hookimpl = HookimplMarker("datasette")


@hookimpl
def startup(datasette: Any) -> None:
    """Datasette's own account of a fault, instead of the one it gives where rich is installed.

    We need rich for the terminal. With it, Datasette answers 500 to addresses that no route
    matches (it asks rich to print an exception where there is none), and prints every refusal
    with all local variables, strangers' words among them: 0.65.5 and 1.0a41.
    """
    from datasette import handle_exception

    handle_exception.rich = None


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Our pages, beside Datasette's own."""
    from aggregator.datasette_plugin import routes

    return routes.ROUTES


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """The check of names, where whoever started the server said which it answers to."""
    from aggregator.datasette_plugin.guard import guard

    names = (datasette.plugin_config("aggregator") or {}).get("hosts")
    return lambda application: guard(application, tuple(names)) if names else application


@hookimpl
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """More of a database of ours in memory than SQLite keeps by itself."""
    from aggregator.datasette_plugin.access import keep_near

    keep_near(conn)


@hookimpl
def menu_links(datasette: Any, actor: Any) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    """A link to the stories, for those who may read them."""
    from aggregator.datasette_plugin.access import readable_databases

    async def links() -> list[dict[str, str]]:
        if not await readable_databases(datasette, actor):
            return []
        return [{"href": datasette.urls.path("/-/stories"), "label": "Stories"}]

    return links


@hookimpl
def extra_css_urls(database: str | None, datasette: Any) -> Callable[[], Awaitable[list[str]]]:
    """The style of our cells, on the pages of our databases."""
    from aggregator.datasette_plugin.access import is_ours
    from aggregator.datasette_plugin.table import style_url

    async def urls() -> list[str]:
        if database is None or not await is_ours(datasette, database):
            return []
        return [datasette.urls.path(style_url())]

    return urls


@hookimpl
def render_cell(
    value: Any, column: str, database: str | None, datasette: Any
) -> Callable[[], Awaitable[Any]] | None:
    """Chips, bars, short times and folded texts in tables; None leaves a cell to Datasette."""
    from aggregator.datasette_plugin.access import is_ours
    from aggregator.datasette_plugin.table import dress

    if value is None or database is None:
        return None
    dressed = dress(column, value, lambda number: datasette.urls.path(f"/-/stories/{number}"))
    if dressed is None:
        return None

    async def cell() -> Any:
        return dressed if await is_ours(datasette, database) else None

    return cell
