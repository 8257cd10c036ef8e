"""Figures of the house: how the code is laid out, read from the source without importing it.

    python -m benchmarks.house [--json]

* ``top_level``: modules at the top level of each package.
* ``circles``: groups of modules that import each other, by the imports that run at once; ``circles_lazy``: those that
  come about by imports within functions or for type checkers only.
* ``class_names``: names that several classes have, and where.
* ``unreachable``: modules, and their lines, that no import leads to from a command, REST, a worker, a training run or
  ``import clew``; the rooms called ``reference`` and ``laws`` apart, which tests and benchmarks use.
* ``long_functions``: functions of more than ``MAX_FUNCTION_LINES`` lines.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kg", "tries", "retrieval", "decoding", "training", "evaluation", "api", "data")
MAX_FUNCTION_LINES = 40
ENTRIES = (
    "clew",
    "clew.__main__",
    "clew.api.cli",
    "clew.api.rest.app",
    "clew.api.scale.app",
    "clew.kg.ingest.worker",
    "clew.training.pretrain",
    "clew.retrieval.wordnet.build",
    "clew.training.synthetic.associations",
    "clew.training.calibrate",
    "clew.training.judge_fit",
    "clew.training.programs.rank",
)
"""Where programs start: each of these modules, and every module in it where it is a package of commands."""
COMMANDS = "clew.api.cli."
APART = {"reference", "laws"}

Imports = dict[str, set[str]]


@dataclass(frozen=True)
class Module:
    """One module: its name, its file, its source as a tree."""

    name: str
    file: Path

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.file.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The source, parsed."""
        return ast.parse(self.text)

    @cached_property
    def at_once(self) -> list[ast.stmt]:
        """The import statements that run when the module is imported."""
        return list(_at_once(self.tree.body))

    @cached_property
    def later(self) -> list[ast.stmt]:
        """The import statements within functions, and those for type checkers."""
        first = {id(statement) for statement in self.at_once}
        every = (node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom))
        return [statement for statement in every if id(statement) not in first]


def _at_once(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from _at_once(statement.orelse)
        elif isinstance(statement, ast.If | ast.Try | ast.With | ast.ClassDef):
            for part in ("body", "orelse", "handlers", "finalbody"):
                yield from _at_once(getattr(statement, part, ()))
        elif isinstance(statement, ast.ExceptHandler):
            yield from _at_once(statement.body)


class House:
    """The modules of a tree whose packages are those folders of ``root``."""

    def __init__(self, root: Path = ROOT, packages: Iterable[str] = PACKAGES) -> None:
        files = [file for package in packages for file in sorted((root / package).rglob("*.py"))]
        own = sorted((root / "clew").glob("*.py"))
        named = {_name(file.relative_to(root / "clew")): file for file in own}
        named |= {_name(file.relative_to(root)): file for file in files}
        self.modules = {name: Module(name, file) for name, file in named.items()}
        self.at_once = {name: self._targets(module.at_once) for name, module in self.modules.items()}
        self.later = {name: self._targets(module.later) for name, module in self.modules.items()}

    def _targets(self, statements: Iterable[ast.stmt]) -> set[str]:
        """The modules that import statements name."""
        names: set[str] = set()
        for statement in statements:
            if isinstance(statement, ast.Import):
                names |= {alias.name for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
                inner = {f"{statement.module}.{alias.name}" for alias in statement.names}
                submodules = inner & self.modules.keys()
                names |= submodules | ({statement.module} if submodules != inner else set())
        return names & self.modules.keys()

    def top_level(self) -> dict[str, int]:
        """Modules at the top level of each package, ``__init__`` not counted."""
        counts = dict.fromkeys((name for name in self.modules if name.count(".") == 1 and self._is_package(name)), 0)
        for name in self.modules:
            parent = name.rpartition(".")[0]
            if parent in counts and not self._is_package(name):
                counts[parent] += 1
        return counts

    def _is_package(self, name: str) -> bool:
        return self.modules[name].file.name == "__init__.py"

    def circles(self, lazy: bool) -> list[list[str]]:
        """Groups of modules that import each other: at once, or (``lazy``) also later."""
        imports = {name: self.at_once[name] | (self.later[name] if lazy else set()) for name in self.modules}
        return sorted(sorted(group) for group in strongly_connected(imports) if len(group) > 1)

    def class_names(self) -> dict[str, list[str]]:
        """Names that classes of several modules have, each with the modules."""
        places: dict[str, list[str]] = defaultdict(list)
        for name, module in self.modules.items():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(name)
        return {name: found for name, found in sorted(places.items()) if len(found) > 1}

    def unreachable(self) -> dict[str, int]:
        """Modules that no entry leads to, each with its lines; rooms that stand apart are none of them."""
        reached = {name for name in self.modules if name in ENTRIES or name.startswith(COMMANDS)}
        waiting = list(reached)
        while waiting:
            found = self._leads_to(waiting.pop()) - reached
            reached |= found
            waiting += found
        left = [name for name in self.modules if name not in reached and not APART & set(name.split("."))]
        return {name: self.modules[name].text.count("\n") for name in left}

    def _leads_to(self, name: str) -> set[str]:
        """The modules that a module imports or names in a text, and the packages that they are in."""
        module = self.modules[name]
        texts = {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant)}
        named = {text.partition(":")[0] for text in texts if isinstance(text, str)} & self.modules.keys()
        direct = self.at_once[name] | self.later[name] | named
        parts = [target.split(".") for target in (*direct, name)]
        return {".".join(words[:end]) for words in parts for end in range(1, len(words) + 1)} & self.modules.keys()

    def long_functions(self) -> dict[str, int]:
        """Functions of more than ``MAX_FUNCTION_LINES`` lines, decorators not counted, each with its lines."""
        found = {}
        for name, module in self.modules.items():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    if lines > MAX_FUNCTION_LINES:
                        found[f"{name}.{node.name}"] = lines
        return found

    def figures(self) -> dict[str, object]:
        """Every figure."""
        return {
            "modules": len(self.modules),
            "lines": sum(module.text.count("\n") for module in self.modules.values()),
            "top_level": self.top_level(),
            "circles": self.circles(lazy=False),
            "circles_lazy": [group for group in self.circles(lazy=True) if group not in self.circles(lazy=False)],
            "class_names": self.class_names(),
            "unreachable": self.unreachable(),
            "long_functions": self.long_functions(),
        }


def _name(file: Path) -> str:
    """The name under which a file is imported."""
    parts = ("clew", *file.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def strongly_connected(edges: Imports) -> list[set[str]]:
    """The strongly connected components of a graph (Kosaraju 1978): two depth-first walks, the second backwards."""
    backwards: Imports = defaultdict(set)
    for start, ends in edges.items():
        for end in ends:
            backwards[end].add(start)
    order: list[str] = []
    seen: set[str] = set()
    for node in sorted(edges):
        order += _postorder(node, edges, seen)
    seen.clear()
    return [set(_postorder(node, backwards, seen)) for node in reversed(order) if node not in seen]


def _postorder(root: str, edges: Imports, seen: set[str]) -> list[str]:
    """What is reached from ``root`` and not yet ``seen``, each after what it leads to."""
    if root in seen:
        return []
    seen.add(root)
    order, stack = [], [(root, iter(sorted(edges.get(root, ()))))]
    while stack:
        node, ends = stack[-1]
        new = next((end for end in ends if end not in seen), None)
        if new is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(new)
            stack.append((new, iter(sorted(edges.get(new, ())))))
    return order


def _lines(house: House) -> Iterator[str]:
    """The figures for people."""
    unreachable, functions, names = house.unreachable(), house.long_functions(), house.class_names()
    yield "modules at the top level of each package"
    yield from (f"  {count:>6}  {name}" for name, count in house.top_level().items())
    for lazy, kind in ((False, "imports that run at once"), (True, "lazy and type checkers' imports, too")):
        groups = house.circles(lazy)
        yield f"circles, {kind}: {len(groups)}"
        yield from (f"          {', '.join(group)}" for group in groups)
    yield f"class names used more than once: {len(names)}"
    yield from (f"  {len(places):>6}  {name}: {', '.join(places)}" for name, places in names.items())
    yield f"lines that no command, route, worker or training run leads to: {sum(unreachable.values()):,}"
    yield from (f"  {count:>6}  {name}" for name, count in unreachable.items())
    yield f"functions over {MAX_FUNCTION_LINES} lines: {len(functions)}"
    yield from (f"  {count:>6}  {name}" for name, count in functions.items())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Figures of how the code is laid out.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    house = House()
    print(json.dumps(house.figures(), indent=1) if parser.parse_args().json else "\n".join(_lines(house)))


if __name__ == "__main__":
    main()
