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

MAX_MENTION_CHARS = 200
"""Longest label (folded) that is looked for in a question; longer ones are sentences, which nobody types as a name."""

# --- answers
MAX_ANSWERS = 1_000
"""Answers returned per question; a cut is reported as ``partial``."""

MAX_PATHS_PER_ANSWER = 3
"""Proof paths returned per answer; further ones exist in the graph but add no certainty."""

MIN_CONFIDENCE = 0.2
"""Least estimated probability of the best path at which it is answered; below it, "no answer". A wrong answer costs a
reader more than an "I don't know", but a reading that is four times out of five wrong may still be the one meant."""

# --- frontiers and searches
MAX_FRONTIER_NODES = 2_000_000
"""Nodes held in one relation path's frontier; beyond it the hypothesis is dropped and the result is ``partial``."""

MAX_EXPANSIONS = 2_000
"""Hypotheses a search may expand per question before it returns what it has, with the remaining gap."""

MAX_CACHED_TOKENS = 32_768
"""Tokens whose keys and values a language model keeps: 1.9 GB for a 7B model with grouped heads in bf16."""

MAX_FORWARD_TOKENS = 2_048
"""Prompt tokens read in one forward: its mask is their number squared (16 MB in float32)."""

MAX_ALTERNATIVES = 10
"""Continuations not taken that a decode trace keeps per decision; a hub allows thousands, nobody reads them."""

ASK_SECONDS = 30.0
"""Time one question may take before it returns what it has as ``partial``."""

# --- REST
MAX_BODY_BYTES = 64 * 1024
"""Largest request body: a question and its options are far smaller."""

MAX_WAITING = 64
"""Questions queued before the service answers 503; more would only time out."""

MAX_STORED_ANSWERS = 10_000
"""Answers whose decode traces are kept for path inspection; the oldest are dropped first."""

# --- graphs
MAX_STRINGS = 2**31 - 2**20
"""Distinct nodes, or label rows, of one graph: ids are int32."""

KEEP_VERSIONS = 5
"""Versions kept of each graph: enough to roll back a bad update and to compare; each costs a full snapshot."""
