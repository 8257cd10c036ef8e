"""``Answered``: the result of the pipeline for one question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clew.decoding.answering.topics import Link
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.class_edges import Demands
from clew.decoding.answers.gather import Gathered
from clew.decoding.answers.stages import Stage
from clew.decoding.reading.unread import Unread
from clew.decoding.reasoner import Reasoning
from clew.kg.proof.proof import Derivation

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.decoding.programs.answering import ProgramAnswer


@dataclass(frozen=True, slots=True)
class Answered:
    """The result for one query. ``proofs[i]`` are the verified derivations of ``gathered.answers[i]``: one for each of
    its paths, then those of its chains. No answer has a proof where ``reason`` says why the question is declined.

    ``reading``: what the path that was found says, in words ("": none was found). ``unread``: what of the question it
    does not stand for, in spans of the question as asked. ``rivals``: other entities with the name of the topic, from
    which the same path leads elsewhere. ``demands``: the classes that decided, whose statements are in the proofs.
    ``timings`` are milliseconds by stage. ``late``: the stage in which time ran out. ``suggestions`` are directed
    relations to ask for instead, where nothing was answered. ``program``: what answers in the place of paths.
    """

    links: list[Link]
    reasoning: Reasoning
    gathered: Gathered
    reason: Reason | None
    proofs: list[tuple[Derivation, ...]]
    timings: dict[str, float] = field(default_factory=dict)
    late: Stage | None = None
    suggestions: list[int] = field(default_factory=list)
    reading: str = ""
    unread: list[Unread] = field(default_factory=list)
    rivals: list[int] = field(default_factory=list)
    demands: Demands = field(default_factory=dict)
    program: ProgramAnswer | None = None

    @property
    def partial(self) -> bool:
        """Whether a budget cut the search or the answers short."""
        return self.late is not None or self.reasoning.partial or self.gathered.partial

    @property
    def declined(self) -> bool:
        """Whether the question is declined. One whose time ran out, or whose search was cut short before any answer, is
        not: there may be one."""
        return self.reason is not None and self.late is None and not (self.partial and not self.gathered.answers)
