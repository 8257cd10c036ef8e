"""Certificates as data models, and the proofs that they state."""

from __future__ import annotations

from dataclasses import asdict

from clew.api.schema.certificate.model import (
    CertifiedConditions,
    CertifiedPaths,
    CertifiedProgram,
    CertifiedReading,
    CertifiedRelation,
    CertifiedStep,
    CertifiedWalk,
)
from clew.kg.proof.program import ProgramProof, ProgramStep, ValuesRead
from clew.kg.proof.sets.path_set import DirectedKey, PathConditions, PathSet, RelationWalk


def paths_model(claim: PathSet) -> CertifiedPaths:
    """Return an answer set as a data model."""
    plain = claim.conditions == PathConditions()
    return CertifiedPaths(
        topic=claim.topic,
        alternatives=[
            [CertifiedWalk(relations=list(map(_relation, walk.relations)), behind=walk.behind) for walk in walks]
            for walks in claim.alternatives
        ],
        conditions=None if plain else _conditions_model(claim.conditions),
    )


def paths_claim(paths: CertifiedPaths, version: str, revisit: bool) -> PathSet:
    """Return the answer set that a data model states, of a version of a graph."""
    alternatives = tuple(
        tuple(RelationWalk(tuple(map(_key, walk.relations)), walk.behind) for walk in walks)
        for walks in paths.alternatives
    )
    asked = PathConditions() if paths.conditions is None else _conditions_claim(paths.conditions)
    return PathSet(version, paths.topic, alternatives, revisit, asked)


def program_model(proof: ProgramProof, named_rows: bool) -> CertifiedProgram:
    """Return a program as a data model; its value is the result's to state."""
    return CertifiedProgram(steps=list(map(_step_model, proof.steps)), named_rows=named_rows)


def program_claim(program: CertifiedProgram, version: str) -> ProgramProof:
    """Return the program that a data model states, without a value."""
    return ProgramProof(version, tuple(map(_step_claim, program.steps)))


def _step_model(step: ProgramStep) -> CertifiedStep:
    return CertifiedStep.model_validate(asdict(step) | {"operands": list(step.operands)})


def _step_claim(step: CertifiedStep) -> ProgramStep:
    reads: CertifiedReading | None = step.reads
    fields = {name: getattr(step, name) for name in CertifiedStep.model_fields}
    fields["operands"] = tuple(step.operands)
    fields["reads"] = None if reads is None else ValuesRead(reads.kind, reads.unit, reads.texts)
    return ProgramStep(**fields)


def _relation(key: DirectedKey) -> CertifiedRelation:
    return CertifiedRelation(key=key[0], direction="inverse" if key[1] else "forward")


def _key(relation: CertifiedRelation) -> DirectedKey:
    return relation.key, relation.direction == "inverse"


def _conditions_model(asked: PathConditions) -> CertifiedConditions:
    lists = {
        name: None if (found := getattr(asked, name)) is None else sorted(found)
        for name in ("ends", "sources", "languages")
    }
    return CertifiedConditions(
        relations=None if asked.relations is None else list(map(_relation, sorted(asked.relations))),
        forbidden=list(map(_relation, sorted(asked.forbidden))),
        types=None if asked.types is None else list(asked.types),
        types_at={position: list(keys) for position, keys in asked.types_at.items()},
        at=asked.at,
        until=asked.until,
        throughout=asked.throughout,
        undated=asked.undated,
        **lists,
    )


def _conditions_claim(asked: CertifiedConditions) -> PathConditions:
    sets = {
        name: None if (found := getattr(asked, name)) is None else frozenset(found)
        for name in ("ends", "sources", "languages")
    }
    return PathConditions(
        relations=None if asked.relations is None else frozenset(map(_key, asked.relations)),
        forbidden=frozenset(map(_key, asked.forbidden)),
        types_at={position: tuple(keys) for position, keys in asked.types_at.items()},
        types=None if asked.types is None else tuple(asked.types),
        at=asked.at,
        until=asked.until,
        throughout=asked.throughout,
        undated=asked.undated,
        **sets,
    )
