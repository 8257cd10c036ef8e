"""The linker's index of one graph version in a folder: whole, or that of an earlier version and what changed since.

labels, fuzzy      of a whole index: the label trie, the fuzzy index
change             of an updated one: how nodes and labels are numbered anew, and the content hash of the base
base/...           the base's whole index, its files linked, not copied, so that the base may go
added/...          small indices of the names that may have changed
degrees            the largest degree of any node
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from clew.kg.columnar.compiled import interprets
from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_UPDATED_NAMES_SHARE, MIN_UPDATED_INDEX
from clew.kg.store.delta import Delta
from clew.kg.store.delta_files import link_file
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.index.updated_index import LabelChange, UpdatedFuzzyIndex
from clew.retrieval.linking.priors import highest_degree
from clew.tries.labels.label_trie import REBUILD, LabelTrie
from clew.tries.labels.names import node_names
from clew.tries.labels.node_change import NodeChange
from clew.tries.labels.renumbering import Renumbering
from clew.tries.labels.updated_trie import UpdatedLabelTrie
from clew.tries.storage import Base, read_array, read_index, write_index

FORMAT = 1

LABELS, FUZZY, CHANGE, BASE, ADDED, DEGREES = "labels", "fuzzy", "change", "base", "added", "degrees"
_NODES_GONE, _NODES_COME, _VOID = "nodes_gone", "nodes_come", "void"
_LABELS_GONE, _LABELS_COME, _ADDED_LABELS = "labels_gone", "labels_come", "added_labels"


@dataclass(frozen=True, slots=True)
class LinkerIndex:
    """What the linker looks names up in, and the largest degree of any node."""

    trie: LabelTrie
    fuzzy: FuzzyIndex
    degree: int

    def rehearse(self) -> None:
        """Make ready the kernels that look names up: compiling them is no question's business."""
        if interprets():
            return
        self.trie.scan("a")
        self.fuzzy.candidates(["a"], 1)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A whole index, with the folder it lies in and the content hash of its graph."""

    trie: LabelTrie
    fuzzy: FuzzyIndex
    folder: Path
    content_hash: str

    @classmethod
    def load(cls, folder: Path, content_hash: str) -> _Whole:
        trie, fuzzy = LabelTrie.load(folder / LABELS, content_hash), FuzzyIndex.load(folder / FUZZY, content_hash)
        return cls(trie, fuzzy, folder, content_hash)


def opened(graph: Graph, folder: Path, base: Base | None = None) -> LinkerIndex:
    """Map what is stored; where that is nothing usable, build it from the base's or from scratch, and store it. Not yet
    rehearsed.

    What cannot be stored (a home that cannot be written to, a full disk) is used all the same, and built again by the
    next process.
    """
    try:
        index = load(graph, folder)
    except StaleIndex as error:
        if folder.exists():
            logging.getLogger(__name__).warning("rebuilding: %s", error)
        earlier = base() if base else None
        index = (update(graph, folder, *earlier) if earlier else None) or build(graph, folder)
        with suppress(StaleIndex):
            index = load(graph, folder)  # mapped: the memory that it was built in is free again
    return index


def build(graph: Graph, folder: Path | None = None) -> LinkerIndex:
    """Build the whole index, and store it where a folder is given and can be written to."""
    index = LinkerIndex(LabelTrie.build(graph), FuzzyIndex.build(graph), highest_degree(graph))
    if folder is not None:
        with _storing(folder):
            index.trie.save(folder / LABELS)
            index.fuzzy.save(folder / FUZZY)
            _save_degree(folder, graph, index.degree)
            for part in (CHANGE, BASE, ADDED):  # of no use any longer
                shutil.rmtree(folder / part, ignore_errors=True)
    return index


def load(graph: Graph, folder: Path) -> LinkerIndex:
    """Map what ``build`` or ``update`` stored; ``StaleIndex`` when missing, damaged or of another graph version."""
    degree = _read_degree(folder, graph)
    if not (folder / CHANGE).is_dir():
        whole = _Whole.load(folder, graph.content_hash)
        return LinkerIndex(whole.trie, whole.fuzzy, degree)
    base, nodes = _read_base(folder, graph.content_hash)
    names = (_LABELS_GONE, _LABELS_COME, _ADDED_LABELS)
    gone, come, added = (read_array(folder / CHANGE, name, REBUILD) for name in names)
    small = _Whole.load(folder / ADDED, _hash_of_added(graph, base))
    return _updated(base, small, nodes, LabelChange(Renumbering(gone, come), added), degree)


def update(graph: Graph, folder: Path, delta: Delta, base_folder: Path) -> LinkerIndex | None:
    """Make the index of ``graph``, which ``delta`` led to, from its base's index in ``base_folder``, and store it.

    In time proportional to the change, and to the number of names for a few passes over one array. None where the base
    has no usable index, or where building the whole index is as good: the graph is small, or much has changed.
    """
    most = MAX_UPDATED_NAMES_SHARE * graph.num_nodes
    if graph.num_nodes < MIN_UPDATED_INDEX or delta.size > most or delta.base.languages != graph.languages:
        return None
    if delta.content_hash != graph.content_hash:  # the change does not lead to this graph
        return None
    try:
        base, earlier = _stored(base_folder, delta.base.content_hash)
    except StaleIndex:
        return None
    nodes = NodeChange.of(delta, graph)
    nodes = nodes if earlier is None else earlier.then(nodes)
    if nodes.size > most:
        return None
    small = _added(graph, nodes, folder / ADDED, _hash_of_added(graph, base))
    labels, degree = LabelChange.of(base.fuzzy, small.fuzzy, nodes), highest_degree(graph)
    with _storing(folder):
        for kind in (LABELS, FUZZY):
            _link_index(base.folder / kind, folder / BASE / kind)
        small.trie.save(small.folder / LABELS)
        small.fuzzy.save(small.folder / FUZZY)
        _save_degree(folder, graph, degree)
        _save_change(folder, graph, base, nodes, labels)
    return _updated(base, small, nodes, labels, degree)


def _updated(base: _Whole, small: _Whole, nodes: NodeChange, labels: LabelChange, degree: int) -> LinkerIndex:
    trie = UpdatedLabelTrie(base.trie, small.trie, nodes)
    return LinkerIndex(trie, UpdatedFuzzyIndex(base.fuzzy, small.fuzzy, nodes, labels), degree)


def _stored(folder: Path, content_hash: str) -> tuple[_Whole, NodeChange | None]:
    """The whole index stored in a folder, or that which it is a change of, and the change."""
    if (folder / CHANGE).is_dir():
        return _read_base(folder, content_hash)
    return _Whole.load(folder, content_hash), None


def _added(graph: Graph, nodes: NodeChange, folder: Path, content_hash: str) -> _Whole:
    """Build the index of the names that may have changed."""
    fresh = nodes.fresh
    trie = LabelTrie.of(node_names(graph, graph.num_nodes, fresh), content_hash)
    fuzzy = FuzzyIndex.of(node_names(graph, graph.num_entities, fresh), content_hash)
    return _Whole(trie, fuzzy, folder, content_hash)


def _hash_of_added(graph: Graph, base: _Whole) -> str:
    """What names the small index: it depends on both versions."""
    return f"{graph.content_hash} since {base.content_hash}"


# --- files
@contextmanager
def _storing(folder: Path) -> Iterator[None]:
    """Go on without what cannot be stored, and say so in the log."""
    try:
        yield
    except OSError as error:
        logging.getLogger(__name__).warning("%s could not be written: %s", folder, error.strerror or error)


def _save_change(folder: Path, graph: Graph, base: _Whole, nodes: NodeChange, labels: LabelChange) -> None:
    arrays = {
        _NODES_GONE: nodes.nodes.gone,
        _NODES_COME: nodes.nodes.come,
        _VOID: nodes.void,
        _LABELS_GONE: labels.labels.gone,
        _LABELS_COME: labels.labels.come,
        _ADDED_LABELS: labels.added,
    }
    write_index(folder / CHANGE, _manifest(CHANGE, graph.content_hash) | {BASE: base.content_hash}, arrays)


def _read_base(folder: Path, content_hash: str) -> tuple[_Whole, NodeChange]:
    base = read_index(folder / CHANGE, _manifest(CHANGE, content_hash), REBUILD)[BASE]
    gone, come, void = (read_array(folder / CHANGE, name, REBUILD) for name in (_NODES_GONE, _NODES_COME, _VOID))
    return _Whole.load(folder / BASE, base), NodeChange(Renumbering(gone, come), void)


def _save_degree(folder: Path, graph: Graph, degree: int) -> None:
    write_index(folder / DEGREES, _manifest(DEGREES, graph.content_hash) | {"highest": degree}, {})


def _read_degree(folder: Path, graph: Graph) -> int:
    return int(read_index(folder / DEGREES, _manifest(DEGREES, graph.content_hash), REBUILD)["highest"])


def _manifest(kind: str, content_hash: str) -> dict[str, object]:
    return {"format": FORMAT, "kind": f"linker-{kind}", "content_hash": content_hash}


def _link_index(source: Path, target: Path) -> None:
    """Put an index that nobody changes at another place too, replacing what was there."""
    fresh = target.with_name(f"{target.name}.{uuid.uuid4().hex}.new")
    fresh.mkdir(parents=True)
    try:
        for file in source.iterdir():
            link_file(file, fresh / file.name)
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
