"""The quality benchmark runs, whole, over a toy laid out as MetaQA: every setting, and the bars that follow from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from benchmarks import quality

FILMS = {
    f"Film {name}": i for i, name in enumerate(("Amber", "Birch", "Coral", "Dune", "Ember", "Frost", "Grove", "Haze"))
}
DIRECTORS = ("Ada Quill", "Bo Reyes", "Cy Stone")
LANGUAGES = ("Danish", "Tamil")


def facts() -> list[tuple[str, str, str]]:
    found = []
    for film, i in FILMS.items():
        found.append((film, "directed_by", DIRECTORS[i % 3]))
        found.append((film, "in_language", LANGUAGES[i % 2]))
        found.append((film, "release_year", str(1990 + i)))
    return found


def follow(starts: Iterable[str], *steps: str, topic: str) -> list[str]:
    """The ends of a chain, by scanning the facts; never back onto the topic."""
    reached = set(starts)
    for step in steps:
        relation, back = step.removeprefix("^"), step.startswith("^")
        pairs = [(t, h) if back else (h, t) for h, r, t in facts() if r == relation]
        reached = {tail for head, tail in pairs if head in reached} - {topic}
    return sorted(reached)


SETS = {
    1: [("movie_to_director", "who directed [{}]", ("directed_by",)),
        ("movie_to_language", "what language is [{}] in", ("in_language",))],
    2: [("director_to_movie_to_language", "what are the languages of the films directed by [{}]",
         ("^directed_by", "in_language")),
        ("director_to_movie_to_year", "when were the films directed by [{}] released",
         ("^directed_by", "release_year"))],
    3: [("movie_to_director_to_movie_to_year", "when did the films that share directors with [{}] release",
         ("directed_by", "^directed_by", "release_year"))],
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy-metaqa")
    (folder / "kb.txt").write_text("".join("|".join(fact) + "\n" for fact in facts()), encoding="utf-8")
    for hop, kinds in SETS.items():
        rows = [
            (f"{text.format(topic)}\t{'|'.join(answers)}\n", f"{kind}\n")
            for kind, text, steps in kinds
            for topic in (DIRECTORS if kind.startswith("director") else FILMS)
            if (answers := follow([topic], *steps, topic=topic))
        ]
        (folder / f"{hop}-hop").mkdir()
        for name, lines in zip(("qa_dev.txt", "qa_dev_qtype.txt"), zip(*rows, strict=True), strict=True):
            (folder / f"{hop}-hop" / name).write_text("".join(lines), encoding="utf-8")
    return folder


def test_zero_shot_asks_every_hop_count_both_ways(data, monkeypatch, capsys) -> None:
    arguments = ["--quick", "--json", "--part", "zero-shot", "--limit", "4", "--data", str(data)]
    monkeypatch.setattr(sys, "argv", ["quality", *arguments])
    quality.main()
    record = json.loads(capsys.readouterr().out)
    assert {"machine", "versions", "results", "bars", "quick", "seconds"} <= record.keys()
    rows = record["results"]["zero-shot"]
    assert [(row["topic"], row["hops"]) for row in rows] == [(t, h) for t in ("given", "linked") for h in (1, 2, 3)]
    for row in rows:
        assert 0 < row["n"] <= 4
        assert row["gold_chain_hits@1"] == row["gold_chain_f1"] == 1.0  # the toy's answers are the ends of its chains
        assert row["path_valid"] in (1.0, None)
        assert 0 <= row["hits@1"] <= 1
    assert rows[0]["hits@1"] == 1.0  # one hop, the topic given, in the very words of the relations
    assert rows[0]["unanswerable_declined_at_10"] is not None
    names = [f"zero-shot {row['topic']} {row['hops']} hops" for row in rows]
    assert record["bars"] == [{"name": n, "value": row["hits@1"]} for n, row in zip(names, rows, strict=True)]


@pytest.mark.parametrize("labelled", [0, 3, 100, 0.5])
@pytest.mark.parametrize("hop", [1, 2, 3])
def test_no_question_is_both_trained_on_and_asked(data, hop, labelled) -> None:
    told, rest = quality.split(data, hop, 0, labelled)
    count = len(quality.questions(data, hop)[0].read_text(encoding="utf-8").splitlines())
    assert sorted(told + rest) == list(range(count))
    assert len(told) == (count // 2 if labelled in (100, 0.5) else labelled)


def test_trained_is_judged_on_the_rest(data, monkeypatch) -> None:
    """Training itself, which takes minutes, is tested where it is; here it only notes what it is given."""
    trained_on = []

    def train(settings, graph, options):
        given = options.questions.read_text(encoding="utf-8").splitlines() if options.questions else []
        trained_on.append((given, options.plan.schedule.steps))
        return {"cpu_seconds": 1.5, "published": False}

    asked = []
    evaluate = quality.evaluate_graph

    def evaluated(service, graph, options):
        asked.append(options.questions.read_text(encoding="utf-8").splitlines())
        return evaluate(service, graph, options)

    monkeypatch.setattr(quality, "train_graph", train)
    monkeypatch.setattr(quality, "evaluate_graph", evaluated)
    results = quality.measure(data, quality.Size(trained=2, seeds=1, steps=7), "trained")
    rows = results["trained"]
    settings = ("schema", "100 labelled", "half of dev")
    assert [(row["trained"], row["hops"]) for row in rows] == [(name, hop) for name in settings for hop in (1, 2, 3)]
    assert all(row["cpu_seconds"] == 1.5 and 0 <= row["hits@1"] <= 1 and row["n"] == 2 for row in rows)
    assert [len(given) for given, _ in trained_on] == [0, 15, 15]
    assert {steps for _, steps in trained_on} == {7}
    for i, (given, _) in enumerate(trained_on):
        judged = [line for lines in asked[3 * i : 3 * i + 3] for line in lines]
        assert not set(given) & set(judged)
        assert len(given) + len(judged) == 30
    assert [bar["name"] for bar in quality.bars(results)] == [f"{n} {hop} hops" for n in settings for hop in (1, 2, 3)]
