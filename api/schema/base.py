"""What all data models share: their base class, and the types of single values."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from clew.kg import limits

Direction = Literal["forward", "inverse"]
Status = Literal["answered", "partial", "none_in_graph", "not_understood", "no_entity", "ambiguous"]
"""``none_in_graph``: the graph does not state what was asked. ``not_understood``: no path stands for the whole
question. ``no_entity``: the question mentions no entity of the graph. ``ambiguous``: several entities have the name."""
NodeKind = Literal["entity", "literal"]


class Model(BaseModel):
    """Base of all models. Unknown fields are rejected, so that a misspelled option is an error."""

    model_config = ConfigDict(extra="forbid")


def absent(value: object) -> bool:
    """Whether a field is left out of the JSON because it has no value."""
    return value is None


def empty(value: list[object] | str) -> bool:
    """Whether a field is left out of the JSON because it is empty."""
    return not value


def _number(value: object) -> object:
    if isinstance(value, bool | str | bytes):
        raise ValueError("must be an integer")
    return value


def _position(value: object) -> object:
    """Read a key of a JSON object, which is a text."""
    if isinstance(value, str):
        if value not in POSITIONS:
            raise ValueError(f"must be a position on the path, 1 to {limits.MAX_HOPS_CEILING}")
        return int(value)
    return _number(value)


POSITIONS = [str(hop) for hop in range(1, limits.MAX_HOPS_CEILING + 1)]

Whole = Annotated[int, BeforeValidator(_number)]
"""An integer that is written as one: neither a text nor a truth value."""

Position = Annotated[int, Field(ge=1, le=limits.MAX_HOPS_CEILING), BeforeValidator(_position)]

Names = Annotated[list[str], Field(max_length=limits.MAX_CONDITION_NAMES)]
