"""Question sets in every format, and what is said of files that are not one."""

import json
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
