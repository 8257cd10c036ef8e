"""The token index of a (graph, tokenizer): the graph's adjacency in the order of its labels' token sequences.

Nodes are renumbered to *places*, in lexicographic order of their label's tokens. The groups of a place (its directed
relations) are in lexicographic order of their relation's label tokens, the targets of a group in order of place. So
the items (groups, then targets) that share a token prefix are contiguous, and one byte per item, the length of its
longest common prefix (LCP) with its left neighbour, tells where the next token changes.

Memory: 4 + 1 bytes per item and 4 per group pointer, 17 bytes per node, 4 bytes per label token and 4 per label.
Time: sorting the edges, and tokenising each distinct label once. Independent of the number of hops.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kg.errors import BadInput, LimitReached
from kg.graph import Graph
from tries.compiled import frozen, kernel
from tries.constraint import Bool, Int32, Int64
from tries.label_classes import NAMED, LabelClasses, Progress, SeparatorInLabel, classify
from tries.spelling import SEPARATORS, Spelling, choose
from tries.storage import read_array, read_index, write_index
from tries.tokenize import Tokenize, as_tokenize

FORMAT = 1
REBUILD = "TokenIndex.build(graph, tokenizer).save(path)"
TESTED_LABELS = 5_000
TESTED_PATHS = 500
LONG = 255
"""An LCP byte of this value means "this or more"."""

Int8 = NDArray[np.int8]
UInt8 = NDArray[np.uint8]
ARRAYS = ("item", "lcp", "group_ptr", "node_ptr", "klass", "ptr", "tokens", "order", "place", "onward")


@dataclass(frozen=True)
class TokenIndex:
    """The index; immutable and safe to share between threads. G groups, I targets, N nodes, D directed relations.

    item: int32[G + I]. A group's directed relation, in [0, D); a target's D + place.
    lcp: uint8[G + I]. LCP with the left neighbour of the same list (0 at its start; 255: at least 255).
    group_ptr: int32[G + 1]. Group g's targets are items ``group_ptr[g]:group_ptr[g + 1]`` (all >= G).
    node_ptr: int32[N + 1]. The groups of a place are items ``node_ptr[p]:node_ptr[p + 1]``.
    klass: int32[D + N]. The label class of each item value.
    ptr, tokens: the token sequence of class c is ``tokens[ptr[c]:ptr[c + 1]]``.
    order, place: int32[N]. The node at a place, and the place of a node.
    onward: bool[N]. Whether a path may go on from this place: it has groups, and is no literal.
    """

    item: Int32
    lcp: UInt8
    group_ptr: Int32
    node_ptr: Int32
    klass: Int32
    ptr: Int32
    tokens: Int32
    order: Int32
    place: Int32
    onward: Bool
    spelling: Spelling
    content_hash: str
    tokenizer_hash: str
    num_relations: int
    inverse: bool

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
        return sum(int(getattr(self, name).nbytes) for name in ARRAYS) - self.label_bytes

    @property
    def label_bytes(self) -> int:
        """Bytes that grow with label tokens."""
        return self.tokens.nbytes + self.ptr.nbytes

    @classmethod
    def build(cls, graph: Graph, tokenizer: Any, inverse: bool = True, progress: Progress | None = None) -> Self:
        """Build the index and test it.

        Args:
            graph: the graph.
            tokenizer: a ``tokenizers.Tokenizer``, a Hugging Face fast tokenizer, a SentencePiece processor, or any
                ``tries.tokenize.Tokenize``.
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
        spelling, classes = _spell(labels, tokenize, progress)
        _self_test(labels, spelling, tokenize)
        arrays = _arrange(graph, classes, directed, inverse)
        return cls(
            **{name: frozen(array) for name, array in arrays.items()},
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
        write_index(path, manifest, {name: getattr(self, name) for name in ARRAYS})

    @classmethod
    def load(cls, path: Path, graph: Graph, tokenizer: Any, inverse: bool = True, rebuild: str = REBUILD) -> Self:
        """Map a saved index.

        Args:
            path: its folder.
            graph: the graph it must belong to.
            tokenizer: the tokenizer it must belong to.
            inverse: as it must have been built.
            rebuild: the command that an error names.

        Raises:
            StaleIndex: there is none, or it belongs to another graph version, tokenizer or format.
        """
        tokenize = as_tokenize(tokenizer)
        manifest = read_index(path, _identity(graph.content_hash, tokenize.fingerprint, inverse), rebuild)
        return cls(
            **{name: frozen(read_array(path, name)) for name in ARRAYS},
            spelling=Spelling(manifest["separator"], manifest["lead"], tuple(manifest["special_texts"])),
            content_hash=manifest["content_hash"],
            tokenizer_hash=manifest["tokenizer_hash"],
            num_relations=manifest["num_relations"],
            inverse=inverse,
        )

    def class_tokens(self, klass: int) -> Int32:
        """Return the token sequence of a label class, its separator included."""
        return self.tokens[self.ptr[klass] : self.ptr[klass + 1]]

    def relation_tokens(self, r: int) -> Int32:
        """Return the tokens of a directed relation's part."""
        return self.class_tokens(int(self.klass[r]))

    def node_tokens(self, node: int) -> Int32:
        """Return the tokens of a node's part."""
        directed = len(self.klass) - len(self.order)
        return self.class_tokens(int(self.klass[directed + int(self.place[node])]))


def _identity(content_hash: str, tokenizer_hash: str, inverse: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": "token-index",
        "content_hash": content_hash,
        "tokenizer_hash": tokenizer_hash,
        "inverse": inverse,
    }


def _spell(labels: list[str], tokenize: Tokenize, progress: Progress | None) -> tuple[Spelling, LabelClasses]:
    """Return the first spelling that fits every label, with the labels' classes under it."""
    separators, first_error, distinct = list(SEPARATORS), None, list(dict.fromkeys(labels))
    while True:
        try:
            spelling = choose(tokenize, distinct, separators)
        except BadInput:
            if first_error:
                raise first_error from None
            raise
        try:
            return spelling, classify(labels, spelling, tokenize, progress)
        except SeparatorInLabel as error:
            first_error = first_error or error
            separators = separators[separators.index(spelling.separator) + 1 :]
            if not separators:
                raise first_error from None


def _self_test(labels: list[str], spelling: Spelling, tokenize: Tokenize) -> None:
    """Raise BadInput where tok(whole) differs from concat(tok(parts)), on labels with odd ends and on a sample."""
    distinct = sorted({spelling.escape(label) for label in labels})
    rng = random.Random(0)
    odd = [text for text in distinct if not (text.isascii() and text[:1].isalnum() and text[-1:].isalnum())]
    tested = rng.sample(odd, min(TESTED_LABELS, len(odd))) + rng.sample(distinct, min(TESTED_LABELS, len(distinct)))
    misfits = spelling.misfits(tokenize, tested)
    if misfits:
        raise BadInput(f"the tokenizer joins {len(misfits)} labels with what stands beside them: {misfits[:NAMED]}")
    path = spelling.misfit_paths(tokenize, distinct, min(TESTED_PATHS, 4 * len(distinct)))
    if path:
        raise BadInput(f"the tokenizer joins parts of the path of these labels: {path}")


def _arrange(graph: Graph, classes: LabelClasses, directed: int, inverse: bool) -> dict[str, NDArray[Any]]:
    """Return the index arrays of a graph whose labels (relations, then nodes) have these classes."""
    relation_class, node_class = classes.of_label[:directed], classes.of_label[directed:]
    order = np.argsort(node_class, kind="stable").astype(np.int32)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    rank_relation = np.argsort(relation_class, kind="stable").astype(np.int32)
    relation_rank = np.empty(directed, np.int32)
    relation_rank[rank_relation] = np.arange(directed, dtype=np.int32)

    source, rank, target = _steps(graph, place, relation_rank, inverse)
    sequence = _sorted_steps(source, rank, target, directed, len(order))
    source, rank, target = source[sequence], rank[sequence], target[sequence]
    opens = np.ones(len(source), np.bool_)
    opens[1:] = (source[1:] != source[:-1]) | (rank[1:] != rank[:-1])
    heads = np.flatnonzero(opens)
    groups = len(heads)
    if max(groups + len(source), len(classes.tokens)) >= 2**31:
        raise LimitReached(f"the graph has {len(source)} directed edges; a token index holds fewer than 2^31 items")
    item = np.concatenate([rank_relation[rank[heads]], directed + target]).astype(np.int32)
    list_opens = np.ones(len(item), np.bool_)
    list_opens[1:groups] = source[heads[1:]] != source[heads[:-1]]
    list_opens[groups:] = opens
    klass = np.concatenate([relation_class, node_class[order]]).astype(np.int32)
    node_ptr = np.searchsorted(source[heads], np.arange(len(order) + 1)).astype(np.int32)
    return {
        "item": item,
        "lcp": _common_prefixes(item, list_opens, klass, classes.ptr, classes.tokens),
        "group_ptr": (np.append(heads, len(source)) + groups).astype(np.int32),
        "node_ptr": node_ptr,
        "klass": klass,
        "ptr": classes.ptr,
        "tokens": classes.tokens,
        "order": order,
        "place": place,
        "onward": (np.diff(node_ptr) > 0) & (order < graph.num_entities),
    }


def _steps(graph: Graph, place: Int32, relation_rank: Int32, inverse: bool) -> tuple[Int64, Int64, Int64]:
    """Return the directed edges as (source place, relation rank, target place)."""
    sides = [(graph.out, 0)] + ([(graph.inc, graph.num_relations)] if inverse else [])
    source = [place[np.repeat(np.arange(graph.num_nodes), np.diff(side.ptr))] for side, _ in sides]
    rank = [relation_rank[np.asarray(side.relation) + offset] for side, offset in sides]
    target = [place[np.asarray(side.node)] for side, _ in sides]
    first, second, third = (np.concatenate(part).astype(np.int64) for part in (source, rank, target))
    return first, second, third


def _sorted_steps(source: Int64, rank: Int64, target: Int64, directed: int, nodes: int) -> Int64:
    """Return the permutation that sorts the steps by (source, rank, target)."""
    if nodes * nodes * directed < 2**62:
        return np.argsort((source * directed + rank) * nodes + target, kind="stable")
    return np.lexsort((target, rank, source))


@kernel
def _common_prefixes(item: Int32, opens: Bool, klass: Int32, ptr: Int32, tokens: Int32) -> UInt8:
    """Return the LCP byte of each item: with its left neighbour, 0 where a list opens, at most 255."""
    lcp = np.zeros(len(item), np.uint8)
    for i in range(1, len(item)):
        if opens[i]:
            continue
        left, right = klass[item[i - 1]], klass[item[i]]
        bound = min(ptr[left + 1] - ptr[left], ptr[right + 1] - ptr[right], 255)
        common = 0
        while common < bound and tokens[ptr[left] + common] == tokens[ptr[right] + common]:
            common += 1
        lcp[i] = common
    return lcp
