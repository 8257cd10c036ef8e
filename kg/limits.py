"""Every constant limit of Clew, in one place, each with its reason. Anything that bites one of these reports it."""

from __future__ import annotations

# --- questions
MAX_QUESTION_CHARS = 2_000
"""Longest question accepted. MetaQA's longest has 120 characters; MiniLM reads 256 word pieces (some 1,200)."""

MAX_HOPS = 3
"""Default longest relation path searched: the question sets of the field stop at 3 or 4."""

MAX_HOPS_CEILING = 6
"""Largest ``max_hops`` a caller may ask for; frontiers of more hops cover most of any graph."""

MAX_TOPICS = 4
"""Linked entities tried as the start of a path, per question."""

# --- answers
MAX_ANSWERS = 1_000
"""Answers returned per question; a cut is reported as ``partial``."""

MAX_PATHS_PER_ANSWER = 3
"""Proof paths returned per answer; further ones exist in the graph but add no certainty."""

# --- frontiers and searches
MAX_FRONTIER_NODES = 2_000_000
"""Nodes held in one relation path's frontier; beyond it the hypothesis is dropped and the result is ``partial``."""

MAX_EXPANSIONS = 2_000
"""Hypotheses a search may expand per question before it returns what it has, with the remaining gap."""

ASK_SECONDS = 30.0
"""Time one question may take before it returns what it has as ``partial``."""

# --- REST
MAX_BODY_BYTES = 64 * 1024
"""Largest request body: a question and its options are far smaller."""

MAX_WAITING = 64
"""Questions queued before the service answers 503; more would only time out."""

MAX_STORED_ANSWERS = 10_000
"""Answers whose decode traces are kept for path inspection; the oldest are dropped first."""
