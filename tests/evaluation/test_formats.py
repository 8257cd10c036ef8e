"""The formats of public question sets, from small files written in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.questions.fitting import NO_END, NO_GOLD, NO_RELATION, NO_TOPIC, fit
from clew.evaluation.questions.question import Gold
from clew.evaluation.questions.readers import FORMATS, detect, read_questions, read_set
from clew.evaluation.questions.readers.document import BOOLEAN, NO_ANSWERS, NO_TEXT
from clew.kg.errors import BadFile, BadLine
from clew.kg.graph.interop import from_triples

DBR, DBO = "http://dbpedia.org/resource/", "http://dbpedia.org/ontology/"
WD, WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"


@pytest.fixture
def write(tmp_path):
    def write(value, name="q.json"):
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return write


def rows(*records):
    return "\n".join(map(json.dumps, records)) + "\n"


ROG = {
    "id": "WebQTest-0",
    "question": "what does jamaican people speak",
    "answer": ["Jamaican English", "Jamaican Creole", "Jamaican English"],
    "q_entity": ["Jamaica"],
    "a_entity": ["Jamaican English"],
    "graph": [["Jamaica", "location.country.languages_spoken", "Jamaican English"], ["Jamaica", "a.b", "m.01"]],
    "choices": [],
}


def test_rog_rows_bring_their_own_graphs(write):
    second = {
        **ROG,
        "question": "Österreich?",
        "answer": "x",
        "q_entity": [],
        "graph": [["a", "r", "x"], ["a", "s", 3]],
    }
    found = read_set(write("\n" + rows(ROG, {**ROG, "answer": []}, second), "q.jsonl"))
    assert (found.format, dict(found.skipped)) == ("rog", {"no right answer given": 1})
    first, other = found.questions
    assert first.answers == (Gold("Jamaican English"), Gold("Jamaican Creole"))
    assert (first.topics, first.number, other.topics, other.number) == (("Jamaica",), 2, (), 4)
    graph = first.subgraph.graph()
    assert (graph.num_edges, graph.num_relations) == (2, 2)
    assert graph.neighbours(graph.node("Jamaica"), graph.relation("a.b")).tolist() == [graph.node("m.01")]
    assert other.subgraph.graph().num_edges == 2  # found by its place in the file, after characters of two bytes
    assert other.subgraph.graph().find_node("x") is not None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "q.jsonl:1: not JSON"),
        ('{"question": "q"}', "list of triples 'graph'"),
        ('{"question": " ", "graph": []}', "'question' must be"),
        ('{"question": "q", "answer": [1], "graph": []}', "'answer' must be a list of strings"),
    ],
)
def test_rog_rows_that_are_none(write, line, reason):
    with pytest.raises(BadLine, match=reason):
        read_questions(write(line + "\n", "q.jsonl"), format="rog")


def test_a_bad_triple_is_named_when_its_graph_is_needed(write):
    (question,) = read_questions(write(rows({**ROG, "graph": [["a", "b"]]}), "q.jsonl"))
    with pytest.raises(BadLine, match=r"q.jsonl:1: 'graph': a triple needs three"):
        question.subgraph.graph()


def test_pathquestion(write):
    text = (
        "what is the job of archibald_cox 's father ?\tlawyer(lawyer/judge/)\t"
        "archibald_cox#parents#archibald_cox_sr#profession#lawyer#<end>#lawyer\n"
        "who is ai_(band) ?\tai_(band)(ai_(band)/)\tx#r#ai_(band)#<end>#ai_(band)\n"
        "plain ?\tanswer\tx#r#answer#<end>#answer\n"
    )
    found = read_set(write(text, "PQ-2H.txt"))
    assert found.format == "pathquestion"
    first, brackets, plain = found.questions
    assert [gold.label for gold in first.answers] == ["lawyer", "judge"]
    assert (first.topics, first.chain, first.hops) == (("archibald_cox",), ("parents", "profession"), 2)
    assert [gold.label for gold in brackets.answers] == ["ai_(band)"]
    assert [gold.label for gold in plain.answers] == ["answer"]


@pytest.mark.parametrize("line", ["q\ta", "q\ta\tx#r", "q\ta\tx##y#<end>#y", "\ta\tx#r#y#<end>#y"])
def test_pathquestion_lines_that_are_none(write, line):
    with pytest.raises(BadLine):
        read_questions(write(line, "q.txt"), format="pathquestion")


def bindings(*terms):
    return [{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": t, "value": v}} for t, v in terms]}}]


QALD = {
    "dataset": {"id": "qald-9-test-multilingual"},
    "questions": [
        {
            "id": "1",
            "question": [{"language": "de", "string": "Wo?"}, {"language": "en", "string": "Where was Mill born?"}],
            "query": {"sparql": f"SELECT DISTINCT ?x WHERE {{ <{DBR}Mill> <{DBO}birthPlace> ?x }}"},
            "answers": bindings(("uri", DBR + "London")),
        },
        {
            "id": "2",
            "question": [{"language": "de", "string": "Wann?"}],
            "query": {
                "sparql": "PREFIX dbo: <http://dbpedia.org/ontology/> SELECT ?x WHERE { dbr:Mill dbo:birthDate ?x }"
            },
            "answers": bindings(("typed-literal", "1806-05-20")),
        },
        {
            "id": "3",
            "question": [{"language": "en", "string": "Was Mill born?"}],
            "query": {"sparql": "ASK WHERE { dbr:Mill dbo:birthPlace ?x }"},
            "answers": [{"head": {}, "boolean": True}],
        },
        {"id": "4", "question": [], "query": {}, "answers": []},
        {"id": "5", "question": [{"language": "en", "string": "Out of scope?"}], "query": {}, "answers": []},
        {
            "id": "6",
            "question": [{"language": "en", "string": "Which of them is the biggest?"}],
            "query": {"sparql": "SELECT ?x WHERE { ?x dbo:country dbr:UK ; dbo:size ?s } ORDER BY DESC(?s) LIMIT 1"},
            "answers": bindings(("uri", DBR + "Atlantis")),
        },
    ],
}


@pytest.mark.parametrize("indent", [None, 2])
def test_qald(write, indent):
    found = read_set(write(json.dumps(QALD, indent=indent)))
    assert found.format == "qald"
    assert dict(found.skipped) == {BOOLEAN: 1, NO_TEXT: 1, NO_ANSWERS: 1}
    born, date, biggest = found.questions
    assert (born.text, born.answers) == ("Where was Mill born?", (Gold(key=DBR + "London"),))
    assert (born.topics, born.chain, born.by_chain) == ((DBR + "Mill",), (DBO + "birthPlace",), False)
    assert (date.text, date.answers) == ("Wann?", (Gold(label="1806-05-20"),))
    assert (biggest.chain, biggest.topics, biggest.number) == (None, (DBR + "UK",), 6)


LCQUAD = [
    {
        "_id": "1",
        "corrected_question": "Who taught the students of Mill?",
        "sparql_query": f"SELECT DISTINCT ?uri WHERE {{ ?x <{DBO}student> <{DBR}Mill> . ?x <{DBO}teacher> ?uri . "
        f"?x a <{DBO}Person> }}",
    },
    {"_id": "2", "corrected_question": "How many?", "sparql_query": f"SELECT COUNT(?u) {{ ?u <{DBO}p> <{DBR}Mill> }}"},
    {"_id": "3", "corrected_question": "Is it?", "sparql_query": f"ASK WHERE {{ <{DBR}Mill> <{DBO}p> <{DBR}x> }}"},
    {
        "uid": 4,
        "question": None,
        "paraphrased_question": "Said so?",
        "sparql_wikidata": "select ?o { wd:Q1 wdt:P2 ?o }",
    },
]


def test_lcquad(write):
    found = read_set(write(LCQUAD))
    assert found.format == "lcquad"
    first, wikidata = found.questions
    assert (first.chain, first.topics) == ((f"^{DBO}student", f"{DBO}teacher"), (DBR + "Mill",))
    assert (first.by_chain, first.answers) == (True, ())
    assert (wikidata.text, wikidata.chain, wikidata.topics) == ("Said so?", (WDT + "P2",), (WD + "Q1",))
    assert found.skipped[BOOLEAN] == 1
    assert sum(found.skipped.values()) == 2


GRAPH = from_triples(
    [
        (DBR + "Mill", DBO + "birthPlace", DBR + "London"),
        (DBR + "Bain", DBO + "student", DBR + "Mill"),
        (DBR + "Bain", DBO + "teacher", DBR + "Reid"),
    ]
)


def test_a_set_is_fitted_to_the_graph_that_is_asked(write):
    fitted = fit(read_set(write(LCQUAD)), GRAPH)
    (question,) = fitted.questions
    assert question.answers == (Gold("Reid", DBR + "Reid"),)
    assert fitted.skipped[NO_TOPIC] == 1
    fitted = fit(read_set(write(QALD)), GRAPH)
    assert [q.text for q in fitted.questions] == ["Where was Mill born?", "Wann?"]
    assert fitted.questions[1].chain is None  # the graph lacks birthDate: no gold chain to follow
    assert fitted.skipped[NO_TOPIC] == 1
    other = [{**LCQUAD[0], "sparql_query": query} for query in (
        f"SELECT ?u {{ <{DBR}Mill> <{DBO}nothing> ?u }}", f"SELECT ?u {{ <{DBR}Mill> <{DBO}teacher> ?u }}"
    )]  # fmt: skip
    assert dict(fit(read_set(write(other)), GRAPH).skipped) == {NO_RELATION: 1, NO_END: 1}
    gone = {"questions": [{**QALD["questions"][0], "answers": bindings(("uri", DBR + "Nowhere"))}]}
    assert dict(fit(read_set(write(gone)), GRAPH).skipped) == {NO_GOLD: 1}


def test_other_formats_are_left_as_they_are(write):
    found = read_set(write("who is [nobody]\tnothing\n"))
    assert fit(found, GRAPH) is found


def test_what_no_question_can_be_read_from(write):
    with pytest.raises(BadFile, match="1 skipped: a yes/no question"):
        read_set(write([LCQUAD[2]]))
    for text in ('{"questions": 3}', "[1]", "[", '{"questions": ['):
        for name in ("qald", "lcquad"):
            with pytest.raises(BadFile):
                read_set(write(text), format=name)


@given(st.text())
def test_any_first_line_has_a_format(line):
    assert detect(line) in FORMATS
