"""The captured step: it is the automaton's own steps, traces without a break, and never asks the host."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from clew.tries.entities.automaton import GraphAutomaton  # noqa: E402
from clew.tries.filters.path_filter import PathFilter  # noqa: E402
from clew.tries.tokens.token_index import TokenIndex  # noqa: E402
from clew.tries.torch.automaton import TorchAutomaton  # noqa: E402
from clew.tries.torch.step import TorchStep, best_of_mask, best_token, restarting  # noqa: E402
from tests.tries.syncs import NoSync  # noqa: E402
from tests.tries.tokenizers import CharTokenizer  # noqa: E402
from tests.tries.toy import random_graph  # noqa: E402

END, VOCAB = 3, 140_000


def automaton(seed: int, simple: bool, device: str = "cpu", patience: int = 32) -> TorchAutomaton:
    graph = random_graph(random.Random(seed))
    index = TokenIndex.build(graph, CharTokenizer())
    demands = PathFilter(ends=range(0, graph.num_nodes, 2))
    inner = GraphAutomaton(index, END, 2, simple=simple, demands=demands if seed % 2 else None)
    return TorchAutomaton(inner, device, slots=8, budget=256, patience=patience)


@pytest.mark.parametrize("simple", [False, True])
@pytest.mark.parametrize("choose", [best_token, best_of_mask])
def test_steps_are_the_graph_automatons(simple: bool, choose: object) -> None:
    for seed in range(6):
        on_torch = automaton(seed, simple)
        ours = on_torch.automaton.start(range(len(on_torch.automaton.index.order)))
        step = TorchStep(on_torch, on_torch.from_states(ours), VOCAB, choose)  # type: ignore[arg-type]
        assert step.how == "as it is"
        for _ in range(10):
            step.logits.normal_()
            allowed = on_torch.automaton.allowed(ours)
            best = [
                max(allowed.row(i).tolist(), key=lambda t: step.logits[i, t].item(), default=-1)
                for i in range(len(ours))
            ]
            tokens = step().clone()
            for i, token in enumerate(best):
                assert token < 0 or tokens[i] == token
            ours = on_torch.automaton.advance(ours, np.array(best, np.int32))
            assert on_torch.is_complete(step.states).tolist() == on_torch.automaton.is_complete(ours).tolist()
            assert on_torch.paths(step.states) == on_torch.automaton.paths(ours)


def test_finished_rows_begin_anew() -> None:
    on_torch = automaton(0, False)
    fresh = on_torch.start([0] * 3)
    step = TorchStep(on_torch, fresh, VOCAB)
    again = restarting(step, fresh)
    for _ in range(30):
        step()
        again()
        assert (step.states.rows[:, 0] == 0).all()


@pytest.mark.parametrize("simple", [False, True])
def test_a_step_traces_whole_and_never_asks_the_host(simple: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced as for a GPU, where nothing may be skipped: one graph, the same results."""
    on_torch = automaton(1, simple, patience=3)
    start = on_torch.start([0, 0, 0])
    plain = TorchStep(on_torch, start, 400)
    traced = torch.compile(plain._plain, fullgraph=True, dynamic=False, backend="eager")
    plain.logits.normal_()
    state = plain.states.tensors()
    for _ in range(4):
        expected = plain._plain(plain.logits, *state)
        for got, wanted in zip(traced(plain.logits, *state), expected, strict=True):
            assert torch.equal(got, wanted)
        state = expected[1:]
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)  # no early end of the search
    with NoSync():
        TorchStep._run(plain)


def test_what_cannot_be_compiled_runs_as_it_is_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", fail)
    on_torch = automaton(0, False)
    with pytest.warns(RuntimeWarning, match="no compiler here"):
        step = TorchStep(on_torch, on_torch.start([0]), VOCAB, fuse=True)
    assert "no compiler here" in step.how
    assert torch.equal(step(), TorchStep(on_torch, on_torch.start([0]), VOCAB)())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("simple", [False, True])
def test_a_cuda_graph_gives_what_the_cpu_gives(simple: bool) -> None:
    for seed in range(4):
        here, there = automaton(seed, simple), automaton(seed, simple, "cuda")
        heads = list(range(len(here.automaton.index.order)))
        ours, theirs = TorchStep(here, here.start(heads), VOCAB), TorchStep(there, there.start(heads), VOCAB)
        assert theirs.how == "a CUDA graph, compiled"
        for _ in range(10):
            ours.logits.normal_()
            theirs.logits.copy_(ours.logits)
            assert torch.equal(ours(), theirs().cpu())
            for mine, other in zip(ours.states.tensors(), theirs.states.tensors(), strict=True):
                assert torch.equal(mine, other.cpu())
