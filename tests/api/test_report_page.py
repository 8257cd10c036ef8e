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
