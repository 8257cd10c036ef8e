"""The token index of a (graph, tokenizer): the graph's adjacency in the order of its labels' token sequences.

Nodes are renumbered to *places*, in lexicographic order of their label's tokens. The groups of a place (its directed
relations) are in lexicographic order of their relation's label tokens, the targets of a group in order of place. So
the items (groups, then targets) that share a token prefix are contiguous, and one byte per item, the length of its
longest common prefix (LCP) with its left neighbour, tells where the next token changes.

Memory: 4 + 1 bytes per item and 4 per group, 17 bytes per node, 4 bytes per label token and 4 per distinct label.
Time: sorting the edges, and tokenising each distinct label once. Independent of the number of hops.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.storage import read_array, read_index, write_index
from clew.tries.tokens.arrangement import arrange
from clew.tries.tokens.label_classes import Progress, self_test, spell
from clew.tries.tokens.spelling import Spelling
from clew.tries.tokens.tokenize import as_tokenize

FORMAT = 3
Int8 = NDArray[np.int8]
UInt8 = NDArray[np.uint8]
INTS = ("item", "group_ptr", "node_ptr", "klass", "tokens", "order", "place")
OCTETS = ("lcp", "onward")


@dataclass(frozen=True)
class TokenIndex:
    """The index; immutable and safe to share between threads. G groups, I targets, N nodes, D directed relations.

    item: int32[G + I]. A group's directed relation, in [0, D); a target's D + place.
    lcp: uint8[G + I]. LCP with the left neighbour of the same list (0 at its start; 255: at least 255).
    group_ptr: int32[G + 1]. Group g's targets are items ``group_ptr[g]:group_ptr[g + 1]`` (all >= G).
    node_ptr: int32[N + 1]. The groups of a place are items ``node_ptr[p]:node_ptr[p + 1]``.
    klass: int32[D + N]. The label class of each item value: where its token sequence begins in ``tokens``.
    tokens: int32[label tokens + classes]. The sequences, ascending, each closed by -1.
    order, place: int32[N]. The node at a place, and the place of a node.
    onward: bool[N]. Whether a path may go on from this place: it has groups, and is no literal.

    They lie one after another in ``ints`` (item .. place) and ``octets`` (lcp, onward), so that a kernel takes two
    arrays and a mapped index two files; ``bounds`` int64[8] are where each of the seven in ``ints`` begins and the
    number of nodes.
    """

    ints: Int32
    octets: UInt8
    bounds: Int64
    spelling: Spelling
    content_hash: str
    tokenizer_hash: str
    num_relations: int
    inverse: bool

    def _part(self, name: str) -> Int32:
        i = INTS.index(name)
        stop = len(self.ints) if name == INTS[-1] else self.bounds[i + 1]
        return self.ints[self.bounds[i] : stop]

    @property
    def item(self) -> Int32:
        """int32[G + I]: see above, as for the arrays below."""
        return self._part("item")

    @property
    def group_ptr(self) -> Int32:
        """int32[G + 1]."""
        return self._part("group_ptr")

    @property
    def node_ptr(self) -> Int32:
        """int32[N + 1]."""
        return self._part("node_ptr")

    @property
    def klass(self) -> Int32:
        """int32[D + N]."""
        return self._part("klass")

    @property
    def tokens(self) -> Int32:
        """int32[label tokens + classes]."""
        return self._part("tokens")

    @property
    def order(self) -> Int32:
        """int32[N]."""
        return self._part("order")

    @property
    def place(self) -> Int32:
        """int32[N]."""
        return self._part("place")

    @property
    def lcp(self) -> UInt8:
        """uint8[G + I]."""
        return self.octets[: self.bounds[1]]

    @property
    def onward(self) -> Bool:
        """bool[N]."""
        return self.octets[self.bounds[1] :].view(np.bool_)

    @property
    def num_directed(self) -> int:
        """Number of directed relations, inverse ones included if the index has them."""
        return len(self.klass) - len(self.order)

    @property
    def separator_token(self) -> int:
        """The token that opens every part."""
        return int(self.tokens[0]) if len(self.tokens) else -1

    @property
    def num_groups(self) -> int:
        """Number of (node, directed relation) groups: items below it are groups, items from it on are targets."""
        return len(self.group_ptr) - 1

    @property
    def edge_bytes(self) -> int:
        """Bytes that grow with edges and nodes."""
        return int(self.ints.nbytes + self.octets.nbytes) - self.label_bytes

    @property
    def label_bytes(self) -> int:
        """Bytes that grow with label tokens."""
        return int(self.tokens.nbytes)

    @classmethod
    def build(cls, graph: Graph, tokenizer: Any, inverse: bool = True, progress: Progress | None = None) -> Self:
        """Build the index and test it.

        Args:
            graph: the graph.
            tokenizer: a ``tokenizers.Tokenizer``, a Hugging Face fast tokenizer, a SentencePiece processor, or any
                ``clew.tries.tokens.tokenize.Tokenize``.
            inverse: whether paths may also walk edges from tail to head.
            progress: called as labels are tokenised.

        Raises:
            BadInput: no separator fits, labels collide with it or with control tokens, or tok(whole) differs from
                concat(tok(parts)); the message names the labels.
            LimitReached: more than 2^31 - 1 items or label tokens.
        """
        tokenize = as_tokenize(tokenizer)
        directed = 2 * graph.num_relations if inverse else graph.num_relations
        labels = [graph.relation_label(r) for r in range(directed)] + [graph.label(v) for v in range(graph.num_nodes)]
        spelling, classes = spell(labels, tokenize, progress)
        self_test(labels, spelling, tokenize)
        arrays = arrange(graph, classes, directed, inverse)
        starts = np.cumsum([0, *(len(arrays[name]) for name in INTS[:-1])])
        return cls(
            ints=frozen(np.concatenate([arrays[name] for name in INTS])),
            octets=frozen(np.concatenate([arrays[name].astype(np.uint8) for name in OCTETS])),
            bounds=frozen(np.append(starts, graph.num_nodes).astype(np.int64)),
            spelling=spelling,
            content_hash=graph.content_hash,
            tokenizer_hash=tokenize.fingerprint,
            num_relations=graph.num_relations,
            inverse=inverse,
        )

    def save(self, path: Path) -> None:
        """Write the index as a folder at ``path``, replacing what is there."""
        spelling = self.spelling
        manifest = _identity(self.content_hash, self.tokenizer_hash, self.inverse) | {
            "num_relations": self.num_relations,
            "separator": spelling.separator,
            "lead": spelling.lead,
            "special_texts": list(spelling.special_texts),
        }
        write_index(path, manifest, {"ints": self.ints, "octets": self.octets, "bounds": self.bounds})

    @classmethod
    def load(cls, path: Path, graph: Graph, tokenizer: Any, inverse: bool = True, rebuild: str | None = None) -> Self:
        """Map a saved index.

        Args:
            path: its folder.
            graph: the graph it must belong to.
            tokenizer: the tokenizer it must belong to.
            inverse: as it must have been built.
            rebuild: the command that an error names; ``clew index`` with what it needs unless given.

        Raises:
            StaleIndex: there is none, or it belongs to another graph version, tokenizer or format.
        """
        tokenize = as_tokenize(tokenizer)
        rebuild = rebuild or _command(path, graph, tokenizer, inverse)
        manifest = read_index(path, _identity(graph.content_hash, tokenize.fingerprint, inverse), rebuild)
        return cls(
            ints=frozen(read_array(path, "ints", rebuild)),
            octets=frozen(read_array(path, "octets", rebuild)),
            bounds=frozen(read_array(path, "bounds", rebuild)),
            spelling=Spelling(manifest["separator"], manifest["lead"], tuple(manifest["special_texts"])),
            content_hash=manifest["content_hash"],
            tokenizer_hash=manifest["tokenizer_hash"],
            num_relations=manifest["num_relations"],
            inverse=inverse,
        )

    def class_tokens(self, klass: int) -> Int32:
        """Return the token sequence of a label class, its separator included."""
        end = klass + int(np.argmax(self.tokens[klass : klass + 64] < 0))
        while self.tokens[end] >= 0:
            end += 1
        return self.tokens[klass:end]

    def relation_tokens(self, r: int) -> Int32:
        """Return the tokens of a directed relation's part."""
        return self.class_tokens(int(self.klass[r]))

    def node_tokens(self, node: int) -> Int32:
        """Return the tokens of a node's part."""
        return self.class_tokens(int(self.klass[self.num_directed + int(self.place[node])]))


def _command(path: Path, graph: Graph, tokenizer: Any, inverse: bool) -> str:
    """Return the command that builds the index again."""
    named = getattr(tokenizer, "name_or_path", "") or "TOKENIZER"
    words = ["clew", "index", "--graph", graph.name or "GRAPH", "--tokenizer", named, "--out", str(path)]
    return shlex.join(words if inverse else [*words, "--forward-only"])


def _identity(content_hash: str, tokenizer_hash: str, inverse: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": "token-index",
        "content_hash": content_hash,
        "tokenizer_hash": tokenizer_hash,
        "inverse": inverse,
    }
