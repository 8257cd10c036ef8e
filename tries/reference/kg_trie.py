"""The KG-Trie of GCR (Luo et al., 2024, arXiv 2410.13080, section 4.1): a trie of the given paths of a question.

On disk the paths' token strings are a marisa trie; in memory, a ``TokenTrie``, whose step is a binary search. Unlike
GCR's, a row at the end of the trie allows nothing, and paths that are spelled alike are all kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import marisa_trie
import numpy as np

from clew.kg.errors import BadInput, UnknownNode
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath
from clew.tries.reference.path_enumeration import enumerate_paths
from clew.tries.reference.token_trie import ROOT, TokenTrie, pack
from clew.tries.storage import load_trie, read_array, read_index, write_index
from clew.tries.tokens.token_index import TokenIndex

FORMAT = 1
REBUILD = "KGTrie.from_paths(index, paths, end_token).save(path)"


@dataclass(frozen=True, slots=True)
class TrieStates:
    """Rows: the trie node each stands at, ``NOWHERE`` when dead."""

    node: Int64

    def __len__(self) -> int:
        return len(self.node)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.node[rows])

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(np.concatenate([self.node, other.node]))


class KGTrie(Constraint[TrieStates]):
    """A ``Constraint`` whose language is a list of paths. Immutable, safe to share between threads.

    Keys are sequences of (head node, path tokens, end token); ``paths_of[i]`` are the paths that key i spells.
    """

    def __init__(
        self, paths_of: dict[bytes, list[SpelledPath]], end_token: int, num_nodes: int, truncated: bool
    ) -> None:
        self.end_token, self._truncated, self._num_nodes = end_token, truncated, num_nodes
        self._keys = sorted(paths_of)
        self._paths = [list(dict.fromkeys(paths_of[key])) for key in self._keys]
        self.trie = TokenTrie(self._keys)
        self._key_of_leaf = {int(leaf): i for i, leaf in enumerate(self.trie.leaf)}

    @property
    def truncated(self) -> bool:
        """Whether the listing of paths was cut short."""
        return self._truncated

    def __len__(self) -> int:
        """Return the number of distinct token strings."""
        return len(self._keys)

    @classmethod
    def from_paths(
        cls, index: TokenIndex, paths: Iterable[SpelledPath], end_token: int, truncated: bool = False
    ) -> Self:
        """Spell the given paths with the token index.

        Raises:
            BadInput: a path is empty or not well formed, or the end token stands in a label.
            UnknownNode: a path has a node that the graph has not.
        """
        if end_token < 0 or bool(np.any(index.tokens == end_token)):
            raise BadInput(f"the end token {end_token} occurs in a label or is negative; choose another")
        spelled: dict[bytes, list[SpelledPath]] = {}
        for path in paths:
            spelled.setdefault(pack(_spell(index, path, end_token)), []).append(path)
        return cls(spelled, end_token, len(index.order), truncated)

    @classmethod
    def enumerated(
        cls, index: TokenIndex, heads: Sequence[int], max_hops: int, end_token: int,
        min_hops: int = 1, budget: int = 100_000,
    ) -> Self:  # fmt: skip
        """Enumerate the paths from each head, up to ``budget`` a head; ``truncated`` says whether that left any out."""
        found = [enumerate_paths(index, head, max_hops, min_hops, budget) for head in dict.fromkeys(heads)]
        truncated = any(paths.truncated for paths in found)
        return cls.from_paths(index, (path for paths in found for path in paths.paths), end_token, truncated)

    def save(self, path: Path) -> None:
        """Write the trie as a folder at ``path``: a marisa trie of the strings and arrays of their paths."""
        trie = marisa_trie.BinaryTrie(self._keys)
        order = np.argsort([trie[key] for key in self._keys]) if self._keys else np.empty(0, np.int64)
        flat = [(rank, spelled) for rank, i in enumerate(order) for spelled in self._paths[i]]
        hops = np.array([len(spelled.relations) for _, spelled in flat], np.int32)
        write_index(
            path,
            {"format": FORMAT, "kind": "kg-trie", "end_token": self.end_token, "truncated": self.truncated,
             "num_nodes": self._num_nodes},
            {
                "key": np.array([rank for rank, _ in flat], np.int32),
                "hops": hops,
                "node": np.array([n for _, spelled in flat for n in spelled.nodes], np.int32),
                "relation": np.array([r for _, spelled in flat for r in spelled.relations], np.int32),
            },
            {"strings.marisa": trie.save},
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a saved trie; StaleIndex if there is none of this format."""
        manifest = read_index(path, {"format": FORMAT, "kind": "kg-trie"}, REBUILD)
        trie = marisa_trie.BinaryTrie()
        load_trie(trie, path, "strings", REBUILD)
        names = ("key", "hops", "node", "relation")
        key, hops, node, relation = (read_array(path, name, REBUILD).tolist() for name in names)
        spelled: dict[bytes, list[SpelledPath]] = {}
        n = r = 0
        for rank, length in zip(key, hops, strict=True):
            one = SpelledPath(tuple(node[n : n + length + 1]), tuple(relation[r : r + length]))
            n, r = n + length + 1, r + length
            spelled.setdefault(trie.restore_key(rank), []).append(one)
        return cls(spelled, manifest["end_token"], manifest["num_nodes"], manifest["truncated"])

    def start(self, entities: Sequence[int]) -> TrieStates:
        """Return one row per node; a node that no path starts from allows nothing. UnknownNode outside the graph."""
        heads = np.asarray(entities, np.int32)
        if len(heads) and not 0 <= heads.min() <= heads.max() < self._num_nodes:
            raise UnknownNode(f"a node outside 0 .. {self._num_nodes - 1}: {list(entities)[:5]}")
        return TrieStates(self.trie.advance(np.full(len(heads), ROOT, np.int64), heads))

    def allowed(self, states: TrieStates) -> Allowed:
        """Return the allowed next tokens of each row, ascending."""
        return Allowed(*self.trie.allowed(states.node))

    def advance(self, states: TrieStates, tokens: Int32) -> TrieStates:
        """Return each row after its token; a token that is not allowed kills the row."""
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        return TrieStates(self.trie.advance(states.node, np.ascontiguousarray(tokens, np.int32)))

    def is_complete(self, states: TrieStates) -> Bool:
        """Return, per row, whether it has spelled a whole path and the end token."""
        return np.array([node in self._key_of_leaf for node in states.node.tolist()], np.bool_)

    def paths(self, states: TrieStates) -> list[list[SpelledPath]]:
        """Return, per complete row, the given paths that its tokens spell."""
        keys = [self._key_of_leaf.get(node) for node in states.node.tolist()]
        return [[] if key is None else list(self._paths[key]) for key in keys]


class KGTrieCache:
    """The KG-Tries of the last questions, by their heads and hops; the least recently used goes first.

    Not safe for use by two threads at once.
    """

    def __init__(self, index: TokenIndex, end_token: int, budget: int = 100_000, size: int = 32) -> None:
        self._index, self._end_token, self._budget, self._size = index, end_token, budget, size
        self._tries: OrderedDict[tuple[tuple[int, ...], int, int], KGTrie] = OrderedDict()

    def get(self, heads: Sequence[int], max_hops: int, min_hops: int = 1) -> KGTrie:
        """Return the trie of the paths from these heads, enumerating them if it is not at hand."""
        key = (tuple(heads), max_hops, min_hops)
        if key not in self._tries:
            self._tries[key] = KGTrie.enumerated(self._index, heads, max_hops, self._end_token, min_hops, self._budget)
            if len(self._tries) > self._size:
                self._tries.popitem(last=False)
        self._tries.move_to_end(key)
        return self._tries[key]


def _spell(index: TokenIndex, path: SpelledPath, end_token: int) -> list[int]:
    """Return the key of a path: its head, the tokens of its parts, the end token."""
    if not path.relations or len(path.nodes) != len(path.relations) + 1:
        raise BadInput(f"not a path of at least one hop: {path}")
    if not all(0 <= node < len(index.order) for node in path.nodes):
        raise UnknownNode(f"a path has a node outside 0 .. {len(index.order) - 1}: {path}")
    directed = index.num_directed
    if not all(0 <= r < directed for r in path.relations):
        raise BadInput(f"a path has a directed relation outside 0 .. {directed - 1}: {path}")
    tokens = [path.nodes[0]]
    for r, node in zip(path.relations, path.nodes[1:], strict=True):
        tokens += index.relation_tokens(r).tolist()
        tokens += index.node_tokens(node).tolist()
    return [*tokens, end_token]
