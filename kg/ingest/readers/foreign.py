"""Text and files that are neither a table nor of a format that is read, though a delimiter may split them."""

from __future__ import annotations

import re
from pathlib import PurePath

_BLANK = rb"(?:\s|#[^\n]*\n)*"
_NETWORKX = "write it as GraphML first (networkx.write_graphml(networkx.{}(FILE), 'graph.graphml'))"
_SHEET = "a spreadsheet; save its sheet as CSV"
_GML, _GEXF, _PAJEK = (
    f"{name}, which is not read; {_NETWORKX.format(reader)}"
    for name, reader in (("GML", "read_gml"), ("GEXF", "read_gexf"), ("Pajek", "read_pajek"))
)
_SQL = "SQL; load it into a database and write its tables as CSV"
_YAML = "YAML, which is not read; write its rows as JSON Lines"
_DOT = f"Graphviz DOT, which is not read; {_NETWORKX.format('nx_pydot.read_dot')}"
_XML = "XML or HTML of no kind that is read (RDF/XML and GraphML are)"
_SPARQL_XML = "SPARQL results as XML; ask for JSON, or for triples (CONSTRUCT)"
_MARKDOWN = "a table in Markdown; save it as CSV"
_PYTHON = "Python's own notation, not JSON; write it with json.dump"
_CYPHER = "Cypher statements; export nodes and edges as CSV"

_BY_EXTENSION = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods", ".numbers"), _SHEET),
    **dict.fromkeys((".yaml", ".yml"), _YAML),
    **dict.fromkeys((".dot", ".gv"), _DOT),
    **dict.fromkeys((".html", ".htm"), _XML),
    ".sql": _SQL,
    ".gml": _GML,
    ".gexf": _GEXF,
}
_PROLOG = rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*>)*"
_BY_CONTENT = (
    (rb"\s*[\[{]\s*(?:\{\s*)?'", _PYTHON),
    (_PROLOG + rb"<gexf[\s>]", _GEXF),
    (_PROLOG + rb"<sparql[\s>]", _SPARQL_XML),
    (_PROLOG + rb"<(?:html|svg|head|body|table|div)[\s>]", _XML),
    (rb"\s*<(?![^<>\n]*>\t)[A-Za-z][\w.-]*(?:\s[^<>]*)?/?>", _XML),
    (_BLANK + rb"(?:(?:creator|version|comment|directed)\s[^\n]*\n\s*)*graph\s*\[", _GML),
    (_BLANK + rb"\*(?:vertices|network|arcs|edges)\b", _PAJEK),
    (rb"(?:\s|#[^\n]*\n|//[^\n]*\n)*(?:strict\s+)?(?:di)?graph\b[^\n{,;|\t]*\{", _DOT),
    (rb"(?:%YAML[^\n]*\n)?\s*---\s*\n", _YAML),
    (_BLANK + rb"- (?:- |\w[\w ]*:(?:\s|$))", _YAML),
    (_BLANK + rb"\w[\w-]*:[ \t]*\n(?:\s*#[^\n]*\n)*\s*(?:- |\w[\w ]*:)", _YAML),
    (
        rb"(?:\s|--[^\n]*\n|/\*.*?\*/;?)*(?:create\s+(?:temp\w*\s+)?(?:table|database|schema|view|index)\s|insert\s+into\s"
        rb"|begin(?:\s+transaction)?;|pragma\s|set\s+\S+\s*=|drop\s+(?:table|database)\s|use\s+\S+;|copy\s+\S+\s.*\sfrom\s)",
        _SQL,
    ),
    (rb"(?:\s|//[^\n]*\n)*(?:create|merge|match)\s*\(", _CYPHER),
    (rb"\s*\|[^\n]*\|\s*\n\s*\|[\s:|-]+\|\s*\n", _MARKDOWN),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), what) for pattern, what in _BY_CONTENT)


def foreign_file(file: str) -> str | None:
    """What a file is by its extension, and what to do about it; None for one that may be read."""
    return _BY_EXTENSION.get(PurePath(file.lower()).suffix)


def foreign_text(head: bytes) -> str | None:
    """What the first bytes of a file are that are no table, and what to do about it; None where they may be one."""
    return next((what for pattern, what in _PATTERNS if pattern.match(head)), None)
