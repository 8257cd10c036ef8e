"""A trace is worked out when it is looked at, once, and is then as good as a tuple of steps."""

from __future__ import annotations

from clew.decoding.reasoner import STOP, RankedPath, Step, Topic, Trace

STEPS = (Step(3, -0.5, ((1, -1.0),)), Step(STOP, -0.1))


def test_a_trace_is_its_steps() -> None:
    calls = []
    trace = Trace(lambda: calls.append(1) or STEPS)
    path = RankedPath(Topic(0), (3,), -0.6, 1.0, trace)
    assert calls == []  # making and passing on a path looks at no step
    assert tuple(path.steps) == STEPS
    assert (len(trace), trace[0], trace[-1], trace[1:]) == (2, STEPS[0], STEPS[1], STEPS[1:])
    assert [step.relation for step in trace] == [3, STOP]
    assert trace == STEPS
    assert trace != STEPS[:1]
    assert trace == Trace(lambda: STEPS)
    assert path == RankedPath(Topic(0), (3,), -0.6, 1.0, STEPS)
    assert hash(path) == hash(RankedPath(Topic(0), (3,), -0.6, 1.0, STEPS))
    assert calls == [1]
