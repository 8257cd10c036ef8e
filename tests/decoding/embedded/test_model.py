from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.embedded.network.tensors import SUPPORTS
from clew.decoding.embedded.search.model import RelationModel, log_softmax_rows
from clew.decoding.language_model import Score
from tests.decoding.embedded.toys import films, random_model
from tests.laws.language_model_laws import LanguageModelLaws


class TestLaws(LanguageModelLaws):
    prompt = "who directed ⟦x⟧"

    @pytest.fixture
    def model(self) -> RelationModel:
        return random_model(films())


@pytest.mark.parametrize("prompts", [["who directed ⟦x⟧", "in which year were the films by ⟦x⟧'s director released?"]])
def test_questions_read_together_score_as_alone(prompts: list[str]) -> None:
    model = random_model(films())
    together = model.encode_batch(prompts)
    questions = np.arange(len(prompts))
    firsts = model.extend(together, questions, np.array([0, 1], np.int32))
    nodes = model.extend(together, firsts, np.array([3, 2], np.int32))
    found = model.logits(together, nodes), model.whole(together, nodes)
    for at, prompt in enumerate(prompts):
        alone = model.encode(prompt)
        model.extend(alone, np.array([0, 1]), np.array([at, 3 - at], np.int32))
        np.testing.assert_allclose(found[0][at], model.logits(alone, np.array([2]))[0], atol=1e-4)
        np.testing.assert_allclose(found[1][at], model.whole(alone, np.array([2]))[0], atol=1e-4)


def test_the_topic_mark_matters_and_its_name_does_not() -> None:
    model = random_model(films())
    tokens = np.arange(model.vocab_size, dtype=np.int32)

    def scores(prompt: str) -> np.ndarray:
        context = model.encode(prompt)
        return model.log_probs(context, np.array([0]), np.array([0, len(tokens)]), tokens, Score.CONDITIONAL)

    assert not np.allclose(scores("films of ⟦x⟧"), scores("films of x"))


def test_outline_agrees_with_extend() -> None:
    model = random_model(films())
    context = model.encode("who directed ⟦x⟧")
    first = model.extend(context, np.array([0]), np.array([2], np.int32))
    outline = model.outline(context, first, np.array([1], np.int32))
    node = model.extend(context, first, np.array([1], np.int32))
    prefixes, question = context.prefixes, context.question
    at = int(node[0])
    left = (question.content[0] * (1 - prefixes.coverage[0, at])).sum(-1)
    np.testing.assert_allclose(outline.left[0], left, atol=1e-5)
    np.testing.assert_allclose(outline.support[0], prefixes.support[0, at, :SUPPORTS] / 2, atol=1e-5)
    np.testing.assert_allclose(outline.least[0], prefixes.support[0, at, SUPPORTS:], atol=1e-5)


@pytest.mark.parametrize("bad", [(np.array([5]), np.array([0])), (np.array([0]), np.array([99]))])
def test_what_is_not_in_the_tree_is_refused(bad: tuple[np.ndarray, np.ndarray]) -> None:
    model = random_model(films())
    with pytest.raises(ValueError, match=r"must lie|not a node"):
        model.extend(model.encode("who"), bad[0], bad[1].astype(np.int32))


def test_rows_are_normalised_even_when_some_are_empty() -> None:
    scores = np.array([1.0, 2.0, -3.0, 700.0, 701.0])
    found = log_softmax_rows(scores, np.array([0, 2, 2, 3, 5, 5]))
    expected = [*np.array([1.0, 2.0]) - np.logaddexp(1, 2), 0.0, *np.array([0.0, 1.0]) - np.logaddexp(0, 1)]
    np.testing.assert_allclose(found, expected)
