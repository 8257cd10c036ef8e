"""Random constraints, models and problems for the searches."""

from __future__ import annotations

from hypothesis import strategies as st

from clew.decoding.language_model import Score
from clew.decoding.laws.search import VOCABULARY, Case

paths = st.lists(st.lists(st.integers(1, VOCABULARY - 1), min_size=1, max_size=6).map(tuple), max_size=25)
path_sets = st.lists(paths, min_size=1, max_size=4).map(lambda some: dict(enumerate(some)))
sigmas = st.sampled_from([0.0, 0.1, 1.0, 4.0])
scores = st.sampled_from(list(Score))
seeds = st.integers(0, 2**20)


def cases(most: int = 12, pull: float = 0.0) -> st.SearchStrategy[Case]:
    """Cases of a search that wants up to ``most`` paths."""
    return st.builds(Case, path_sets, sigmas, seeds, scores, st.integers(1, most), st.just(pull))
