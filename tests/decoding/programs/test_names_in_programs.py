"""Whatever things are called, what ``written`` writes is read back; a key is preferred to a label."""

from __future__ import annotations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clew.decoding.programs.notation import read_program, written
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, RDFS_LABEL
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.tokens import Anchor, Op, Token

ODD = st.one_of(
    st.sampled_from(["ENT", "ASK", "AND", "#", "#a", "^a", "^", "a b", 'say "a"', "it's", "\\", "two\n", "_:n", "a"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4),
)
LABELLED = st.dictionaries(ODD, st.one_of(st.none(), ODD), min_size=2, max_size=4)


def graph_of(things: dict[str, str | None], relations: dict[str, str | None]) -> Graph:
    first = next(iter(things))
    triples: list[tuple[str, str, str | Literal]] = [(first, RDF_TYPE, thing) for thing in things]
    triples += [(first, relation, thing) for relation in relations for thing in things]
    triples += [(key, RDFS_LABEL, Literal(label)) for key, label in (things | relations).items() if label]
    return from_triples(triples)


@given(things=LABELLED, relations=LABELLED)
@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_what_is_written_is_read_back(things: dict[str, str | None], relations: dict[str, str | None]) -> None:
    # what is called as the inverse of another is meant by its name
    relations = {key: label for key, label in relations.items() if key[0] not in "^#"}
    graph = graph_of(things, relations | {"leads to": None})
    names = UniqueNames(graph, EntityLinker.build(graph))
    classes = {graph.node(thing) for thing in things}
    for node in range(graph.num_entities):
        for op in (Op.ENT, *([Op.CLS, Op.TYPE] if node in classes else [])):
            anchor = Anchor(Op.ENT if op is Op.ENT else Op.CLS, (0, 1), node=node)
            read = read_program(names, written(names, [anchor], [Token(op, 0)]))
            assert (read.tokens[0].op, read.anchors[0].node) == (op, node)
    for token in tokens_of(graph):
        assert read_program(names, written(names, [], [token])).tokens == (token,)


def tokens_of(graph: Graph) -> list[Token]:
    attributes, directed = range(graph.num_relations), range(2 * graph.num_relations)
    found = [Token(op, d) for d in directed for op in (Op.HOP, Op.CLOSE, Op.PROJ, Op.GROUP)]
    found += [Token(Op.DEGREE, d, "max") for d in directed] + [Token(Op.DEGREE_CMP, d, "<=") for d in directed]
    found += [Token(op, a) for a in attributes for op in (Op.SUM, Op.AVG)]
    found += [Token(Op.ARG, a, "min") for a in attributes] + [Token(Op.CMP, a, "<") for a in attributes]
    return found + [Token(Op.ASK_CMP, a, "=") for a in attributes]
