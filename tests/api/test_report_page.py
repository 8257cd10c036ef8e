"""The evaluation's HTML page."""

import json
import re
from html.parser import HTMLParser

import pytest


@pytest.fixture
def page(clew, home, publish, evil, tmp_path):
    publish(home, "evil", [("Inception", "evil_tag", evil), ("Inception", "directed_by", "Nolan")])
    questions, page = tmp_path / "q.jsonl", tmp_path / "report.html"
    lines = [
        {
            "question": "evil tag of Inception",
            "answers": ["something else"],
            "chain": ["evil_tag"],
            "topics": ["Inception"],
        },
        {"question": "who directed Inception", "answers": ["Nolan"], "chain": ["directed_by"], "topics": ["Inception"]},
        {"question": "what did Inception cost", "answers": []},
    ]
    questions.write_text("\n".join(map(json.dumps, lines)))
    report = json.loads(clew("eval", "-g", "evil", "--questions", questions, "--report", page, "--json").stdout)
    assert (report["n"], report["hits@1"], report["ceiling_hits@1"]) == (3, 0.5, 0.5)
    return page.read_text(encoding="utf-8")


def test_it_shows_figures_and_what_went_wrong(page):
    rows = [re.sub("<.*?>", "|", row).strip("|") for row in re.findall(r"<tr>(.*?)</tr>", page)]
    assert any(row.startswith("hits@1||0.500") for row in rows)
    assert "1 questions not answered exactly" in page
    assert "evil tag of Inception" in page
    assert "something else" in page
    assert "polyline" in page


def test_labels_are_inert(page):
    tags = []

    class Collector(HTMLParser):
        def handle_starttag(self, tag, attributes):
            tags.append(tag)
            assert not any(name.startswith("on") for name, _ in attributes)

    Collector().feed(page)
    assert not {"img", "script", "iframe", "object"} & set(tags)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page


def test_a_place_that_cannot_be_written(clew, tmp_path):
    questions = tmp_path / "q.txt"
    questions.write_text("who directed [Juno]\tx\n")
    for option in ("--report", "--details"):
        result = clew("eval", "-g", "films", "--questions", questions, option, "/no/such/folder/f", exit_code=2)
        assert "cannot be written" in result.stderr


def test_errors_are_sorted_by_kind_and_hops_and_show_their_trace(page):
    kinds = re.findall(r'<details class="error kind-(\w+) hop-(\w+)">', page)
    assert kinds == [("wrong", "1")]
    for name in ("kind-all", "kind-wrong", "hop-1"):
        assert f'id="{name}"' in page
    assert "body:has(#kind-wrong:checked) .error:not(.kind-wrong)" in page
    assert "log-probability" in page
    assert "(end)" in page


def test_every_breakdown_is_a_table(clew, tmp_path):
    questions, page = tmp_path / "q.txt", tmp_path / "r.html"
    questions.write_text("who directed [Juno]\tJason Reitman\nwho directed [Tenet]\tnobody\nwhat did [Juno] cost\tx\n")
    chains = tmp_path / "c.txt"
    chains.write_text("directed_by\n" * 3)
    clew("eval", "-g", "films", "--questions", questions, "--chains", chains, "--perturb", "all", "--baselines",
         "--unanswerable", 2, "--report", page)  # fmt: skip
    text = page.read_text(encoding="utf-8")
    for part in (
        "By hops",
        "By relation",
        "Reworded questions",
        "Baseline systems",
        "Hits@1 by hops",
        "Questions by time",
    ):
        assert part in text
    assert 'kind-declined hop-1">' in text
    assert 'kind-wrong hop-1">' in text
    assert not re.search(r"(?:src|href)=", text)


def test_a_page_of_nothing_but_right_answers(clew, tmp_path):
    questions, page = tmp_path / "q.txt", tmp_path / "r.html"
    questions.write_text("who directed [Juno]\tJason Reitman\n")
    clew("eval", "-g", "films", "--questions", questions, "--report", page)
    text = page.read_text(encoding="utf-8")
    assert "0 questions not answered exactly" in text
    assert "fieldset>" not in text


TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@pytest.fixture
def of_programs(home, publish, monkeypatch, tmp_path):
    """Questions: one that a program answers, though not as the set says, and others that none does."""
    bridges = [(name, TYPE, "bridge") for name in ("Arch", "Beam", "Cable")]
    publish(home, "bridges", [*bridges, ("Arch", "crosses", "Oder"), ("Beam", "crosses", "Elbe")])
    monkeypatch.setenv("CLEW_THRESHOLD", "0")
    lines = [
        {"question": "How many bridges are there?", "value": 4, "operators": ["COUNT"], "kind": "count"},
        {"question": "nothing", "rows": [["<b>x</b>", 1], ["y", None]], "operators": ["PROJ"], "kinds": ["a <i>", "b"]},
        {"question": "what does Arch cross", "answers": ["river 3"], "accept": [["oder"]], "kinds": ["b"]},
    ]
    path = tmp_path / "programs.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return ["-g", "bridges", "--questions", path]


def test_values_tables_and_programs_are_shown(clew, of_programs, tmp_path):
    page, details = tmp_path / "r.html", tmp_path / "d.jsonl"
    report = json.loads(clew("eval", *of_programs, "--report", page, "--details", details, "--json").stdout)
    text = page.read_text(encoding="utf-8")
    assert (report["programs"], report["program_valid"], report["exact"]) == (1, 1.0, 1 / 3)
    assert report["by_kind"]["b"]["exact"] == 1 / 2
    for part in (
        *(
            "By operator",
            "By kind of question",
            "a &lt;i&gt;",
            "<td>wrong_as_right</td>",
            "&lt;b&gt;x&lt;/b&gt; | 1, y | –",
        ),
        *("<dt>correct</dt><dd>4</dd>", "<dt>predicted</dt><dd>3</dd>", "<dt>program</dt><dd>CLS bridge COUNT</dd>"),
    ):
        assert part in text, part
    rows = [json.loads(line) for line in details.read_text(encoding="utf-8").splitlines()]
    assert [row["gold_value"] for row in rows] == [4, None, None]
    assert (rows[0]["value"], rows[0]["num_predicted"], rows[0]["program"]) == (3, 1, "CLS bridge COUNT")
    assert (rows[0]["program_valid"], rows[0]["program_operators"]) == (True, ["CLS", "COUNT"])
    assert rows[1]["gold_rows"] == [["<b>x</b>", "1"], ["y", ""]]
    assert [row["kinds"] for row in rows] == [["count"], ["a <i>", "b"], ["b"]]


def test_the_text_has_a_line_for_each_operator_and_kind(clew, of_programs):
    text = clew("eval", *of_programs).stdout
    assert "  operator COUNT: n 1, right 0.000, wrong_as_right 1.000, declined 0.000, f1 0.000" in text
    assert "  kind b: n 2, right 0.500" in text
