"""No kernel is compiled on a question's time: what it needs is ready when its graph's engine is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.decoding.tiny_models import tiny, tokenizer

PROGRAM = """
import gc, json, os, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
import clew.decoding.embedded.reasoner
from transformers import AutoTokenizer, Qwen2ForCausalLM  # loads what the model needs
from clew.api.schema.models import AskConditions, AskRequest
from clew.api.model_settings import load
from clew.api.service.service import Service
from clew.api.settings import Settings

PROGRAMS = [
    "How many films did Christopher Nolan direct?",
    "Which films were released after 2005?",
    "Which of the films directed by Christopher Nolan is the longest?",
    "Who directed more than two films?",
    "What is the average length of films directed by Christopher Nolan?",
    "Which films have both Leonardo DiCaprio and Tom Hardy as actors?",
]

def specialisations():
    found = {}
    for it in gc.get_objects():
        if isinstance(it, Dispatcher):
            found[f"{it.py_func.__module__}.{it.py_func.__qualname__}"] = len(it.overloads)
    return found

def rehearsed(home, model, settings):
    chosen = {"model": model, "of_model": load(settings)} if settings else {}
    service = Service(Settings(home=Path(home), device="cpu", threshold=0.0, ask_seconds=300.0, **chosen))
    service.pipeline("films")
    before = specialisations()
    asked = [AskRequest(question="Who directed Inception?"),
             AskRequest(question="Who directed Inception?", conditions=AskConditions(forbidden=["in_language"]))]
    asked[1].min_hops = 1 if "CLEW_REASONING" in settings else 2
    if not settings:
        asked += [AskRequest(question=question) for question in PROGRAMS]
    answers = [len(service.ask("films", one).answers) for one in asked]
    after = specialisations()
    return answers, {name: n for name, n in after.items() if n > before.get(name, 0)}, sum(before.values())

home, model, *ways = sys.argv[1:]
for settings in map(json.loads, ways):
    child = os.fork()  # has imported what takes seconds, and compiled nothing
    if child == 0:
        print(json.dumps(rehearsed(home, model, settings)), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
WAYS: dict[str, dict[str, str]] = {
    "embedded": {},
    "relations": {"CLEW_LAYOUT": "relations"},
    "entities": {"CLEW_LAYOUT": "entities"},
    "chains": {"CLEW_REASONING": "chains"},
}


def test_a_question_compiles_nothing(home: Path, tmp_path: Path) -> None:
    """By any way of reasoning, each in a process of its own."""
    model = str(tmp_path / "lm")
    tiny("Qwen2", sharpness=2.0).save_pretrained(model)
    tokenizer().save_pretrained(model)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home), model, *map(json.dumps, WAYS.values())],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert run.returncode == 0, run.stderr
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("[")]
    for way, (answers, compiled, ready) in zip(WAYS, told, strict=True):
        assert answers[0] > 0, way
        assert ready > 0, way
        assert compiled == {}, way
