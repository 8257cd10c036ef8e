"""Question answering over a knowledge graph that you already have, where no answer can be made up.

    import clew

    graph = clew.load("kin.csv")    # a table, RDF, a folder of them; or clew.open("demo")
    print(graph.ask("Who is the parent of Ariadne?"))

What is behind these two functions is imported when they are first used: ``import clew`` itself takes a millisecond.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clew.api.python.handle import GraphHandle, load, open  # noqa: A004
    from clew.api.python.langchain import ClewRetriever as ClewRetriever
    from clew.api.python.result import Result
    from clew.kg.errors import ClewError

__all__ = ["ClewError", "GraphHandle", "Result", "load", "open"]

_HOMES = {
    "ClewError": "clew.kg.errors",
    "ClewRetriever": "clew.api.python.langchain",
    "GraphHandle": "clew.api.python.handle",
    "Result": "clew.api.python.result",
    "load": "clew.api.python.handle",
    "open": "clew.api.python.handle",
}
"""The module of each public name. ``ClewRetriever``, which needs LangChain, is not in ``__all__``."""

if find_spec("clew.kg") is None:
    raise ImportError(
        "clew/kg is not a link to the folder kg: this copy of the repository was made without symbolic links. "
        "Clone it again with: git clone -c core.symlinks=true (Windows: in developer mode), or see CONTRIBUTING.md"
    )


def __getattr__(name: str) -> Any:
    """Import a public name on its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    """List the public names too, so that editors and notebooks complete them."""
    return sorted({*globals(), *__all__})
