"""The label trie of an updated graph: that of the version before, and a small one of names that may have changed."""

from __future__ import annotations

import numpy as np

from clew.tries.constraint import Int32, Int64
from clew.tries.labels.label_trie import Bools, LabelTrie, UInt64
from clew.tries.labels.node_change import NodeChange
from clew.tries.labels.renumbering import among
from clew.tries.labels.sorted_labels import Found, SearchedText


class UpdatedLabelTrie(LabelTrie):
    """Finds what a trie built anew would find. ``added`` holds the names of ``change.fresh``."""

    def __init__(self, base: LabelTrie, added: LabelTrie, change: NodeChange) -> None:
        self._base, self._added, self._change = base, added, change

    def standing(self, query: SearchedText) -> Found:
        """See ``LabelTrie``; a label of the base counts if a node still wears it."""
        old = self._base.standing(query)
        alive = [not among(self._base.row(key)[0], self._change.void).all() for key in old[:, 2].tolist()]
        return np.concatenate((old[np.array(alive, np.bool_)], self._added.standing(query)))

    def entries(self, folded: str) -> tuple[Int32, UInt64, Bools]:
        """See ``LabelTrie``."""
        old, new = self._base.entries(folded), self._added.entries(folded)
        kept = ~among(old[0], self._change.void)
        nodes: Int64 = self._change.nodes.forward(old[0][kept])
        return (
            np.concatenate((nodes.astype(np.int32), new[0])),
            np.concatenate((old[1][kept], new[1])),
            np.concatenate((old[2][kept], new[2])),
        )
