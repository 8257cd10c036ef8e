"""``CostWeights``: the weights of a program's features."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CostWeights:
    """The weights of a program's features, in nats."""

    token: float = 0.06
    unsaid_hop: float = 1.3
    unsaid_from_adjective: float = 0.5
    unsaid_beside: float = 0.8
    unsaid_type: float = 1.5
    half: float = 3.0
    own: float = 1.0
    late: float = 0.4
    said_before: float = 1.0
    values_asked: float = 2.5
    any_asked: float = 1.5
    again: float = 0.15
    gap: float = 0.04
    measured: float = 0.15
    measure_step: float = 0.12
    unsaid_attribute: float = 2.2
    unsaid_time: float = 0.3
    equal: float = 0.15
    number: float = 1.5
    numbers_counted: float = 3.0
    column_of_each: float = 0.6
    several_numbers: float = 1.0
    uncued: float = 2.5
    unread: float = 1.6
    uncued_operator: float = 2.5
    focus: float = 1.6
    empty: float = 1.5
    back: float = 1.5
    other_preposition: float = 0.8
    back_said: float = 0.9
    type: float = 0.6
    order: float = 2.0
    unfit: float = 2.0
    usual: float = 0.3
    branch: float = 0.15
    cue_gap: float = 0.35
    unmeasured: float = 1.0
    no_op: float = 0.8
    mixed: float = 2.0
    to_link: float = 0.4
    from_link: float = 0.9
    ends_at_link: float = 1.5
    joined_again: float = 0.4
    counted_back: float = 0.2
    verb_of_time: float = 0.4
    gone_back: float = 0.3
