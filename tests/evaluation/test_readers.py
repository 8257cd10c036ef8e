"""Question sets in every format, and what is said of files that are not one."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.questions.readers import read_questions
from clew.kg.errors import BadFile, BadLine


@pytest.fixture
def write(tmp_path):
    def write(text, name="questions.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_metaqa(write):
    file = write("what does [Tom Cullen] act in\tWeekend|Black Sea\n\nwho is [Ann]\t\n")
    assert read_questions(file) == [
        Question("what does Tom Cullen act in", (Gold("Weekend"), Gold("Black Sea")), ("Tom Cullen",), number=1),
        Question("who is Ann", (), ("Ann",), answerable=False, number=3),
    ]


def test_metaqa_repeated_answers_count_once_and_windows_line_ends_are_read(write):
    (question,) = read_questions(write("\ufeffq [a]\tx|y|x|\r\n"))
    assert question.answers == (Gold("x"), Gold("y"))
    assert question.text == "q a"


def test_chains_by_node_types_and_by_relations(write):
    questions = write("a [x]\ty\nb [x]\ty\nc [x]\ty\nd [x]\ty\n")
    chains = write("actor_to_movie_to_director\nmovie_to_tags\nborn_in|^capital_of\nborn_in -> located in\n", "c.txt")
    got = [(q.chain, q.hops) for q in read_questions(questions, chains)]
    assert got == [
        (("^starred_actors", "directed_by"), 2),
        (("has_tags",), 1),
        (("born_in", "^capital_of"), 2),
        (("born_in", "located", "in"), 3),
    ]


def test_chains_of_another_length_are_refused(write):
    with pytest.raises(BadFile, match="1 chains for 2 questions"):
        read_questions(write("a\tb\nc\td\n"), write("r\n", "c.txt"))


def test_a_chain_between_unrelated_types_is_refused(write):
    with pytest.raises(BadLine, match="no relation from actor to director"):
        read_questions(write("a\tb\n"), write("actor_to_director\n", "c.txt"))


def test_json_lines(write):
    lines = [
        {"question": " q1 ", "answers": ["a", 3, {"key": "k", "label": "l"}], "topics": ["t"], "chain": ["r", "^s"]},
        {"question": "q2", "answers": [], "hops": 2},
        {"question": "q3", "answers": ["x"], "answerable": False},
        {"question": "q5", "answers": ["Paris", "1889"], "answer_keys": ["ex:paris", "1889"]},
        {"question": "q4", "answers": "x", "chain": [{"relation": "r", "direction": "inverse"}], "note": "kept out"},
    ]
    got = read_questions(write("\n".join(map(json.dumps, lines)), "q.jsonl"))
    assert got[0] == Question("q1", (Gold("a"), Gold("3"), Gold("l", "k")), ("t",), ("r", "^s"), 2, True, 1)
    assert (got[1].answerable, got[1].hops) == (False, 2)
    assert (got[2].answerable, got[2].answers) == (False, ())
    assert got[3].answers == (Gold("Paris", "ex:paris"), Gold("1889"))
    assert (got[4].answers, got[4].chain) == ((Gold("x"),), ("^r",))


def test_json_lines_of_values_tables_and_operators(write):
    lines = [
        {"question": "q1", "value": 3, "operators": ["COUNT"]},
        {"question": "q2", "value": 34.33, "operators": "AVG"},
        {"question": "q3", "value": False},
        {"question": "q4", "value": "1815-06-18"},
        {"question": "q5", "rows": [["a", 1, None], ["b", "", 2.5]], "operators": ["PROJ", "PROJ"]},
        {"question": "q6", "value": 0, "answerable": False},
        {"question": "q7", "rows": [["a"]], "answerable": False},
        {"question": "q8", "value": None, "rows": [], "answers": ["x"]},
    ]
    got = read_questions(write("\n".join(map(json.dumps, lines)), "q.jsonl"))
    assert [q.value for q in got] == [Fraction(3), Fraction(3433, 100), False, "1815-06-18", None, None, None, None]
    assert got[2].value is False
    assert [q.rows for q in got if q.rows] == [(("a", "1", ""), ("b", "", "2.5"))]
    assert [q.answerable for q in got] == [True, True, True, True, True, False, False, True]
    assert [q.operators for q in got[:5]] == [("COUNT",), ("AVG",), (), (), ("PROJ", "PROJ")]
    assert [q.answers for q in got] == [()] * 7 + [(Gold("x"),)]


def test_json_lines_of_kinds_and_accepted_texts(write):
    lines = [
        {"question": "q1", "answers": ["Oder", 7], "accept": [["4", "the Oder"], []], "kind": "one hop"},
        {"question": "q2", "answers": [{"key": "k", "label": "l"}], "accept": [["l", 2.5]], "kinds": ["a", "b"]},
        {"question": "q3", "answers": ["x"], "kinds": "a", "kind": ["b"]},
        {"question": "q4", "answers": [], "accept": []},
        {"question": "q5", "answers": ["x"], "accept": [["y"]], "answerable": False},
    ]
    got = read_questions(write("\n".join(map(json.dumps, lines)), "q.jsonl"))
    assert [q.accept for q in got] == [(("Oder", "4", "the Oder"), ("7",)), (("l", "k", "2.5"),), (), (), ()]
    assert [q.kinds for q in got] == [("one hop",), ("a", "b"), ("a", "b"), (), ()]


@given(number=st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_is_read_as_what_its_digits_say(tmp_path_factory, number):
    file = tmp_path_factory.mktemp("q") / "q.jsonl"
    file.write_text(json.dumps({"question": "q", "value": number}), encoding="utf-8")
    (question,) = read_questions(file)
    assert question.value == Fraction(json.dumps(number))
    assert question.answerable


def test_the_demo_questions_that_need_programs():
    file = Path(__file__).resolve().parents[2] / "data" / "demo" / "program-questions.jsonl"
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    got = read_questions(file)
    assert len(got) == len(records) > 0
    for question, record in zip(got, records, strict=True):
        assert (question.text, question.answerable) == (record["question"], record["answerable"])
        assert [gold.label for gold in question.answers] == record.get("answers", [])
        assert question.operators == tuple(record["operators"])
        assert question.kinds == tuple(record["kinds"]) != ()
        assert [list(row) for row in question.rows] == record.get("rows", [])
        value = record.get("value")
        assert question.value == (value if isinstance(value, bool) or value is None else Fraction(str(value)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no tab here\n", r"q.txt:1: no tab"),
        ("ok [a]\tb\ncut short", r"q.txt:2: no tab"),
        ("a\tb\tc\n", r"q.txt:1: more than one tab"),
        ("[ ]\tb\n", r"q.txt:1: no question"),
        ("", "no usable questions"),
        (b"PK\x03\x04\x00\x00", "binary"),
        (b"ok\tb\n\xff\xfe\tb\n", r"q.txt:2: not UTF-8"),
        ('{"question": "q", "answers": ["a"]}\n{"question": "q", "ans', r"q.txt:2: not JSON"),
        ('{"question": ""}', "'question' must be a non-empty string"),
        ('{"question": "q", "answers": 7}', "'answers' must be a list"),
        ('{"question": "q", "answers": ["a"], "answer_keys": ["k", "l"]}', "'answer_keys' must have one"),
        ('{"question": "q", "answers": [null]}', "each of 'answers'"),
        ('{"question": "q", "answers": [{"key": 1}]}', "each of 'answers'"),
        ('{"question": "q", "topics": [1]}', "each of 'topics'"),
        ('{"question": "q", "chain": [{"relation": "r", "direction": "up"}]}', "each step of 'chain'"),
        ('{"question": "q", "answerable": "no"}', "'answerable'"),
        ('{"question": "q", "hops": "two"}', "'hops'"),
        ('{"question": "q", "hops": true}', "'hops'"),
        ('{"question": "q", "value": []}', "'value' must be a finite number, true, false or a non-empty string"),
        ('{"question": "q", "value": ""}', "'value' must be"),
        ('{"question": "q", "value": NaN}', "'value' must be"),
        ('{"question": "q", "value": 1e999}', "'value' must be"),
        ('{"question": "q", "rows": 3}', "'rows' must be a list"),
        ('{"question": "q", "rows": "a"}', "each of 'rows' must be a list of strings, finite numbers or nulls"),
        ('{"question": "q", "rows": [[]]}', "each of 'rows'"),
        ('{"question": "q", "rows": [["a", true]]}', "each of 'rows'"),
        ('{"question": "q", "rows": [["a", -Infinity]]}', "each of 'rows'"),
        ('{"question": "q", "rows": [["a", ["b"]]]}', "each of 'rows'"),
        ('{"question": "q", "rows": [["a"], ["b", "c"]]}', "the rows of 'rows' must all have the same number of cells"),
        ('{"question": "q", "operators": 3}', "'operators' must be a list"),
        ('{"question": "q", "operators": [""]}', "each of 'operators' must be a non-empty string"),
        ('{"question": "q", "operators": [7]}', "each of 'operators'"),
        ('{"question": "q", "kinds": [7]}', "each of 'kinds' must be a non-empty string"),
        ('{"question": "q", "kind": 7}', "'kind' must be a list"),
        ('{"question": "q", "answers": ["a"], "accept": 7}', "'accept' must be a list"),
        (
            '{"question": "q", "answers": ["a"], "accept": [["b"], ["c"]]}',
            "'accept' must have one list of texts for each",
        ),
        ('{"question": "q", "answers": ["a"], "accept": ["b"]}', "'accept' must have one list of texts for each"),
        ('{"question": "q", "value": 3, "accept": [["3"]]}', "'accept' must have one list of texts for each"),
        (
            '{"question": "q", "answers": ["a"], "accept": [[null]]}',
            "each list of 'accept' must hold strings or finite",
        ),
        ('{"question": "q", "value": 3, "answers": ["a"]}', "'answers', 'value' and 'rows' exclude each other"),
        ('{"question": "q", "value": false, "rows": [["a"]]}', "exclude each other"),
        ('{"question": "q", "rows": [["a"]], "answers": ["a"]}', "exclude each other"),
        ('{"question": "ok", "value": 1}\n{"question": "q", "value": {}}', r"q.txt:2: 'value'"),
        ('{"question": "q", "value": ' + "7" * 5000 + "}", r"q.txt:1: not JSON"),
        ("{" + '"a":[' * 100_000, r"q.txt:1: not JSON"),
    ],
)
def test_bad_files_are_named_with_line_and_reason(write, text, reason):
    with pytest.raises(BadFile, match=reason):
        read_questions(write(text, "q.txt"))


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(BadFile, match="no such file"):
        read_questions(tmp_path / "none")
    with pytest.raises(BadFile, match="is a folder"):
        read_questions(tmp_path)


label = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"], exclude_characters="|[]{"), min_size=1)


@given(topic=label, answers=st.lists(label, min_size=1, unique=True))
def test_metaqa_round_trip(tmp_path_factory, topic, answers):
    file = tmp_path_factory.mktemp("q") / "q.txt"
    file.write_text(f"who is [{topic}] ?\t{'|'.join(answers)}\n", encoding="utf-8", newline="")
    (question,) = read_questions(file)
    assert question.topics == (topic,)
    assert question.text == f"who is {topic} ?"
    assert [gold.label for gold in question.answers] == answers


@pytest.mark.shared
@pytest.mark.parametrize(("hops", "count"), [(1, 9_992), (2, 14_872), (3, 14_274)])
def test_the_metaqa_dev_split(shared_data, hops, count):
    folder: Path = shared_data / "metaqa" / f"{hops}-hop"
    questions = read_questions(folder / "qa_dev.txt", folder / "qa_dev_qtype.txt")
    assert len(questions) == count
    assert all(len(q.topics) == 1 and q.answers and q.hops == hops and "[" not in q.text for q in questions)
