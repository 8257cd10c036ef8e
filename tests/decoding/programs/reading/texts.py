"""Texts of any kind, most of them made of what a tagger of numbers and times looks for."""

from __future__ import annotations

from hypothesis import strategies as st

from clew.kg.limits import MAX_QUESTION_CHARS

TEXT = """1 2 1990 12.5 1,000 5km 5/3/1990 1990-05 '90s 1990s - – , . : / ' " “ ” ‘ ’ $ € % may March 3rd third second
one two twenty hundred and a half million the last past this year years ago century BC AD between from to than in or
more km ft inches minutes hours kg $ old +"""
PIECES = TEXT.split()
ANY_TEXT = st.one_of(
    st.text(max_size=MAX_QUESTION_CHARS),
    st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
)
