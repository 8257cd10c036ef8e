"""The data models of REST and of ``--json``, under one roof. Both have the same fields."""

from __future__ import annotations

from clew.api.schema.ask_result import (
    AskBatchResult,
    AskResult,
    Corrected,
    Explanation,
    OperatorStep,
    Reason,
    Unread,
    UntakenProgram,
)
from clew.api.schema.base import Model, Status
from clew.api.schema.elements import (
    Alternative,
    Answer,
    Chain,
    LinkedEntity,
    Namesake,
    Node,
    Path,
    Relation,
    Source,
    Triple,
)
from clew.api.schema.inspections import Decision, Option, PathInspection, ProgramInspection, ProvedStep
from clew.api.schema.request import AskBatchRequest, AskConditions, AskRequest
from clew.api.schema.server import GraphDetail, GraphInfo, Health, Problem, Readiness

__all__ = [
    "Alternative",
    "Answer",
    "AskBatchRequest",
    "AskBatchResult",
    "AskConditions",
    "AskRequest",
    "AskResult",
    "Chain",
    "Corrected",
    "Decision",
    "Explanation",
    "GraphDetail",
    "GraphInfo",
    "Health",
    "LinkedEntity",
    "Model",
    "Namesake",
    "Node",
    "OperatorStep",
    "Option",
    "Path",
    "PathInspection",
    "Problem",
    "ProgramInspection",
    "ProvedStep",
    "Readiness",
    "Reason",
    "Relation",
    "Source",
    "Status",
    "Triple",
    "Unread",
    "UntakenProgram",
]
