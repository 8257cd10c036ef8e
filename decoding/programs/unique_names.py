"""What the words of a program's notation name: exactly one thing each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

from clew.decoding.answering.names import GraphNames
from clew.decoding.answering.topics import Linker
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph


class UniqueNames:
    """The names of one graph, each read as one thing: a key, or a label that nothing else has."""

    def __init__(self, graph: Graph, linker: Linker) -> None:
        self.graph, self._names = graph, GraphNames(graph, linker)

    # --- from names
    def entity(self, name: str) -> int:
        """Return the node with a key, else with a label; ``UnknownNode`` for none, ``BadInput`` where several share
        it."""
        found = self.graph.find_node(name)
        return self.graph.node(_only(name, self._names.entities([name]))) if found is None else found

    def cls(self, name: str) -> int:
        """Return the class with a key, else with a label; errors as ``entity``."""
        found = self.graph.find_node(name)
        return self.graph.node(_only(name, self._names.classes([name]))) if not self._is_class(found) else found

    def relation(self, name: str) -> int:
        """Return the forward relation with a key or a label; ``UnknownRelation``, ``BadInput`` as ``entity``."""
        return self.graph.relation(_only(name, self._names.relations([name])))

    def directed(self, name: str) -> int:
        """Return the directed relation of a name, ``^`` before it for the inverse; errors as ``relation``."""
        key = _only(name, self._names.relations([name]))
        inverse = key.startswith("^") and self.graph.find_relation(key) is None
        return self.graph.relation(key[1:]) + self.graph.num_relations if inverse else self.graph.relation(key)

    def counts_edges(self, name: str) -> bool:
        """Return whether ``ARG`` or ``CMP`` is by the number of neighbours: ``#`` stands before the relation, if one is
        left."""
        if not name.startswith("#"):
            return False
        try:
            self.directed(name[1:])
        except (BadInput, UnknownRelation):
            return self.graph.find_relation(name) is None
        return True

    def _is_class(self, node: int | None) -> TypeGuard[int]:
        relation = self.graph.type_relation
        if node is None or relation is None:
            return False
        return len(self.graph.neighbours(node, relation + self.graph.num_relations)) > 0

    # --- to names
    def of_entity(self, node: int) -> str:
        """Return a name that ``entity`` reads as this node."""
        return self._short(node, self.entity)

    def of_class(self, node: int) -> str:
        """Return a name that ``cls`` reads as this node."""
        return self._short(node, self.cls)

    def _short(self, node: int, read: Callable[[str], int]) -> str:
        """The label of a node if it is read as this node, else the key: of nodes without a name, or that share it."""
        label = self.graph.label(node)
        try:
            return label if read(label) == node else self.graph.key(node)
        except (BadInput, UnknownNode):
            return self.graph.key(node)

    def of_relation(self, relation: int) -> str:
        """Return a name that ``relation`` reads as this relation."""
        key, label = self.graph.relation_key(relation), self.graph.relation_label(relation)
        return label if label[:1] not in ("^", "#") and self._names.relations([label]) == [key] else key

    def of_directed(self, directed: int) -> str:
        """Return a name that ``directed`` reads as this directed relation."""
        back, relation = divmod(directed, self.graph.num_relations)
        return "^" * back + self.of_relation(relation)


def _only(name: str, keys: list[str]) -> str:
    if len(keys) > 1:
        raise BadInput(f"{len(keys)} things are called {name!r}; give a key: {', '.join(map(repr, keys[:5]))}")
    return keys[0]
