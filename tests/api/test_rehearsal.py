"""No kernel is compiled on a question's time: what it needs is ready when its graph's engine is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.decoding.tiny_models import tiny, tokenizer

PROGRAM = """
import gc, json, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from clew.api.schema.models import AskConditions, AskRequest
from clew.api.model_settings import load
from clew.api.service.service import Service
from clew.api.settings import Settings

def specialisations():
    found = {}
    for it in gc.get_objects():
        if isinstance(it, Dispatcher):
            found[f"{it.py_func.__module__}.{it.py_func.__qualname__}"] = len(it.overloads)
    return found

home, model, settings = sys.argv[1:]
chosen = {"model": model, "of_model": load(json.loads(settings))} if model else {}
service = Service(Settings(home=Path(home), device="cpu", threshold=0.0, ask_seconds=300.0, **chosen))
service.pipeline("films")
before = specialisations()
asked = [AskRequest(question="Who directed Inception?"),
         AskRequest(question="Who directed Inception?", conditions=AskConditions(forbidden=["in_language"]))]
asked[1].min_hops = 1 if "CLEW_REASONING" in settings else 2
answers = [len(service.ask("films", one).answers) for one in asked]
after = specialisations()
print(json.dumps([answers, {name: n for name, n in after.items() if n > before.get(name, 0)}, sum(before.values())]))
"""


@pytest.mark.parametrize(
    "settings",
    [None, {"CLEW_LAYOUT": "relations"}, {"CLEW_LAYOUT": "entities"}, {"CLEW_REASONING": "chains"}],
    ids=["embedded", "relations", "entities", "chains"],
)
def test_a_question_compiles_nothing(home: Path, tmp_path: Path, settings: dict[str, str] | None) -> None:
    model = ""
    if settings is not None:
        model = str(tmp_path / "lm")
        tiny("Qwen2", sharpness=2.0).save_pretrained(model)
        tokenizer().save_pretrained(model)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home), model, json.dumps(settings or {})],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert run.returncode == 0, run.stderr
    answers, compiled, ready = json.loads(run.stdout.splitlines()[-1])
    assert answers[0] > 0
    assert ready > 0
    assert compiled == {}
