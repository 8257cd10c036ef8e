"""A kernel that a short process runs as Python gives what the compiled one gives, to the last bit."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clew.api.schema.models import AskConditions, AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.columnar import compiled
from clew.kg.columnar.compiled import Kernel
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue
from clew.tries.programs.scan import Side
from clew.tries.warmup import rehearse_relation_paths

MILLS = """
@prefix : <http://mills.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Mill rdfs:label "mill" . :on rdfs:label "stands on" . :built rdfs:label "built" . :fee rdfs:label "fee" .
:kern a :Mill ; rdfs:label "Kern" ; :on :aare ; :built 1820 ; :fee "3 kg", "4 kg" .
:losch a :Mill ; rdfs:label "Lösch" ; :on :aare, :birs ; :built 1745 ; :fee "7 kg" .
:alt a :Mill ; rdfs:label "Alt" ; :on :birs ; :built 1901 .
:aare rdfs:label "Aare" . :birs rdfs:label "Birs" .
"""
QUESTIONS = (
    "Which river does Kern stand on?",
    "Which river does Losch stand on?",
    "What else stands on the river that Lösch stands on?",
    "Which mills were built before 1850?",
    "Which mill has the lowest fee?",
    "How many mills stand on the Aare?",
    "Which mills stand on more than one river?",
    "When was Kern built?",
)
CALLED: set[str] = set()
"""The kernels that were compared."""


@pytest.fixture(scope="module")
def mills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mills")
    file = home / "mills.ttl"
    file.write_text(MILLS, encoding="utf-8")
    ingest(Catalogue(home), [file], "mills")
    return home


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each call of a kernel that can be interpreted run both ways, on arrays of its own."""

    def both(kernel: Kernel, *arguments: Any) -> Any:
        if kernel.steps is None:
            return kernel.dispatcher(*arguments)
        assert kernel.steps(*arguments) >= 0
        theirs = [_copied(argument) for argument in arguments]
        expected, got = kernel.dispatcher(*arguments), kernel.interpreted(*theirs)
        _assert_same(expected, got)
        for one, other in zip(arguments, theirs, strict=True):
            _assert_same(one, other)
        CALLED.add(kernel.__qualname__)
        return expected

    monkeypatch.setattr(Kernel, "__call__", both)


def _copied(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_copied, value))
    return value.copy() if isinstance(value, np.ndarray) else value


def _assert_same(one: Any, other: Any) -> None:
    """Same values, types and dtypes."""
    assert type(one) is type(other)
    if isinstance(one, tuple):
        for left, right in zip(one, other, strict=True):
            _assert_same(left, right)
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    else:
        assert one == other


def _results(home: Path, conditions: AskConditions | None = None) -> Iterator[dict[str, Any]]:
    service = Service(Settings(home=home, threshold=0.0))
    for question in QUESTIONS:
        result = service.ask("mills", AskRequest(question=question, conditions=conditions), record=False)
        yield result.model_dump(exclude={"timings"})


@pytest.mark.usefixtures("compared")
def test_every_call_that_questions_lead_to(mills: Path) -> None:
    inspect.unwrap(rehearse_relation_paths)()  # once per process it is left out: it looks up a single edge, too
    list(_results(mills))
    list(_results(mills, AskConditions(forbidden=["fee"])))
    graph = Catalogue(mills).open("mills")
    some = np.arange(3, dtype=np.int32)
    for side in (graph.out, graph.inc):
        near = Side(side.ptr, side.relation, side.node, graph.num_relations)
        near.mark_neighbours(some, np.zeros(graph.num_nodes, np.bool_))
    modules = [module for name, module in sys.modules.items() if name.startswith("clew.")]
    kernels = {it for module in modules for it in vars(module).values() if isinstance(it, Kernel)}
    assert {kernel.__qualname__ for kernel in kernels if kernel.steps is not None} - CALLED == set()


def test_the_answers_are_the_same(mills: Path) -> None:
    expected = list(_results(mills))
    compiled.interpret(1 << 40)
    try:
        got = list(_results(mills))
        assert compiled.interprets()
    finally:
        compiled.interpret(0)
    assert got == expected
    assert any(result["answers"] for result in got)


def test_a_kernel_is_compiled_once_the_steps_are_used_up() -> None:
    kernel: Any = compiled.kernel_of(len)(lambda numbers: numbers.sum())
    compiled.interpret(5)
    try:
        assert kernel(np.arange(3)) == 3
        assert kernel._ready is None
        assert kernel(np.arange(3)) == 3
        assert kernel._ready is not None
        assert not compiled.interprets()
    finally:
        compiled.interpret(0)
