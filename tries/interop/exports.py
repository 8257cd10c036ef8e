"""A small set of paths as a choice list, a regular expression or a grammar, for engines that take only those.

The texts are those of the token index's spelling, so an engine that is held to one of them spells a path of the graph,
though not necessarily by the same tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from clew.kg import limits
from clew.kg.errors import BadInput, LimitReached
from clew.kg.graph.graph import Graph
from clew.tries.constraint import SpelledPath
from clew.tries.tokens.spelling import Spelling

Node = dict[str, "Node"]
END = ""


def path_text(graph: Graph, spelling: Spelling, path: SpelledPath) -> str:
    """Return the text of a path as it follows its head's label: ``" -> relation -> node .."``."""
    labels = (
        label
        for r, node in zip(path.relations, path.nodes[1:], strict=True)
        for label in (graph.relation_label(r), graph.label(node))
    )
    return "".join(spelling.part(spelling.escape(label)) for label in labels)


def choices(graph: Graph, spelling: Spelling, paths: Iterable[SpelledPath]) -> list[str]:
    """Return the distinct texts of the paths, sorted.

    Raises:
        BadInput: there is no path; an engine given no choice would be free.
        LimitReached: more than ``limits.MAX_EXPORTED_PATHS``; use a constraint that needs no list.
    """
    texts = sorted({path_text(graph, spelling, path) for path in paths})
    if not texts:
        raise BadInput("there is no path to export, and an empty list would not constrain the engine")
    if len(texts) > limits.MAX_EXPORTED_PATHS:
        most = limits.MAX_EXPORTED_PATHS
        raise LimitReached(f"{len(texts)} paths cannot be exported, the limit is {most}; use the token constraint")
    return texts


def regular_expression(texts: Sequence[str]) -> str:
    """Return a regular expression that matches exactly these texts, common prefixes factored out."""
    return _expression(_trie(texts))


def grammar(texts: Sequence[str]) -> str:
    """Return a GBNF grammar of exactly these texts (llama.cpp, xgrammar), one rule per branching of their trie."""
    rules: list[str] = []
    root = _rule(_trie(texts), rules)
    return "\n".join([f"root ::= {root}", *(f"r{i} ::= {rule}" for i, rule in enumerate(rules))]) + "\n"


def _trie(texts: Sequence[str]) -> Node:
    """Return the trie of the texts with runs of single children merged; ``END`` marks where a text may stop."""
    if not texts:
        raise BadInput("there is no text to export, and an empty list would not constrain the engine")
    root: Node = {}
    for text in texts:
        node = root
        for char in text:
            node = node.setdefault(char, {})
        node[END] = {}
    return _merged(root)


def _merged(root: Node) -> Node:
    """Return the trie with each edge extended to the next branching, without recursion over characters."""
    merged: Node = {}
    pending = [(root, merged)]
    while pending:
        node, target = pending.pop()
        for text, child in node.items():
            while text != END and len(child) == 1 and END not in child:
                ((char, below),) = child.items()
                text, child = text + char, below
            target[text] = {}
            if text != END:
                pending.append((child, target[text]))
    return merged


def _expression(node: Node) -> str:
    """Return the expression of a merged trie; its depth is that of branchings."""
    parts = [_escape(text) + (_expression(child) if text != END else "") for text, child in sorted(node.items())]
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"


def _escape(text: str) -> str:
    """Return a literal that Python, Rust and ECMAScript engines read alike."""
    return re.sub(r"([\\^$.|?*+()\[\]{}/-])", r"\\\1", text).replace("\n", r"\n")


def _rule(node: Node, rules: list[str]) -> str:
    """Return the right-hand side of a node, adding a rule for each branching below it."""
    alternatives = []
    for text, child in sorted(node.items()):
        tail = ""
        if text != END and set(child) != {END}:
            rules.append("")
            mine = len(rules) - 1
            rules[mine] = _rule(child, rules)
            tail = f" r{mine}"
        alternatives.append((json.dumps(text, ensure_ascii=False) + tail) if text != END else '""')
    return " | ".join(alternatives)
