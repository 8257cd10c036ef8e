from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from clew.decoding.answers.evidence import write_evidence
from clew.decoding.answers.explanation import TEMPLATE, ExplanationSource, Withheld, explain
from clew.decoding.answers.gather import Gathered, gather
from clew.decoding.cancellation import Cancellation
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.chains.reasoner import ChainReasoner
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.decoding.text.free_text import Writer
from clew.decoding.text.prompt import Prompter, Template
from clew.decoding.text.text_writer import Evidence, TextWriter, Written
from clew.decoding.text.writing import stop_tokens
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.errors import Cancelled, ModelUnavailable
from clew.retrieval.linking.linker import EntityLinker
from tests.decoding.graphs import films
from tests.decoding.tiny_models import tiny, tokenizer

GRAPH = films()
LINKER = EntityLinker.build(GRAPH)
QUESTION = "Who starred in Heat?"
BOUNDS = Bounds(2)
TEXT = "Al Pacino and Robert De Niro starred in Heat."


def answers(relation="starred actors", topic="Heat", inverse=False) -> Gathered:
    directed = GRAPH.relation(relation) + inverse * GRAPH.num_relations
    path = RankedPath(Topic(GRAPH.node(topic)), (directed,), -0.1, 0.9)
    return gather(GRAPH, Reasoning((path,), 0.9), Bounds(2))


class Says:
    """A reasoner that writes one text, whatever it is asked."""

    name, evidence = "says", Evidence.TRIPLES

    def __init__(self, text: str = "", finished: bool = True, partial: bool = False, error=None) -> None:
        self.written, self.error = Written(text, finished, partial, {}), error
        self.asked: list[SimpleNamespace] = []

    def prepare(self, graph):
        pass

    def reason(self, question, graph, topics, bounds):
        raise NotImplementedError

    def shown(self, evidence):
        raise NotImplementedError

    def write_text(self, template, fields, sources, bounds):
        self.asked.append(SimpleNamespace(template=template, fields=fields, sources=sources))
        if self.error:
            raise self.error
        return self.written


def told(reasoner, bounds=BOUNDS, **path):
    return explain(GRAPH, reasoner, QUESTION, answers(**path).answers, LINKER.named, bounds)


def test_a_text_within_the_proof_is_shown_and_the_model_saw_the_evidence_only():
    reasoner = Says(f"  {TEXT}\nQuestion: next")
    found = told(reasoner)
    assert (found.text, found.source, found.withheld, found.message) == (TEXT, ExplanationSource.MODEL, None, None)
    (asked,) = reasoner.asked
    assert asked.template.name == TEMPLATE
    assert asked.fields == {
        "question": QUESTION,
        "answers": "Al Pacino, Robert De Niro",
        "evidence": "(Heat, starred actors, Al Pacino)\n(Heat, starred actors, Robert De Niro)",
    }


@pytest.mark.parametrize(
    ("written", "withheld", "details"),
    [
        ((TEXT[:-1] + " with Michael Mann.",), Withheld.NAMES, ("Michael Mann",)),
        ((TEXT[:-1] + " with Meryl Streep.",), Withheld.NAMES, ("Meryl", "Streep")),
        (("Al Pacino starred in Heat.",), Withheld.MISSING, ("Robert De Niro",)),
        (("",), Withheld.UNFINISHED, ()),
        ((TEXT[:-1], False), Withheld.UNFINISHED, ()),
        ((TEXT, True, True), Withheld.BUDGET, ()),
    ],
)
def test_any_other_text_is_withheld_with_the_reason(written, withheld, details):
    found = told(Says(*written))
    assert (found.text, found.withheld, found.details) == (None, withheld, details)
    assert found.message.endswith(".")
    assert all(detail in found.message for detail in details)


def test_a_text_cut_short_is_shown_up_to_its_last_sentence():
    assert told(Says(f"{TEXT} It was", finished=False)).text == TEXT


def test_a_model_that_cannot_write_costs_the_words_and_not_the_answer():
    found = told(Says(error=ModelUnavailable("it sleeps")))
    assert (found.text, found.withheld, found.details) == (None, Withheld.FAILED, ("it sleeps",))


def test_a_withdrawn_question_is_not_explained():
    token = Cancellation()
    token.cancel()
    for reasoner in (Says(TEXT), Says(error=Cancelled("x"))):
        with pytest.raises(Cancelled):
            told(reasoner, Bounds(2, cancellation=token))


class Plain:
    name = "plain"

    def prepare(self, graph):
        pass

    def reason(self, question, graph, topics, bounds):
        raise NotImplementedError


def test_where_no_model_writes_the_template_says_the_proof():
    found = told(Plain(), relation="directed by", topic="Michael Mann", inverse=True)
    assert found.source is ExplanationSource.TEMPLATE
    assert found.text == "Ali: Ali – directed by – Michael Mann.\nHeat: Heat – directed by – Michael Mann."


@pytest.fixture(scope="module")
def taught() -> CausalLM:
    """A tiny model taught on the spot to write one text after the prompt that the explanation makes, and then stop."""
    tok = tokenizer()
    model = tiny("Llama", hidden_size=64, intermediate_size=128)
    items = answers().answers
    paths = [item.paths[0] for item in items]
    fields = {
        "question": QUESTION,
        "evidence": write_evidence(GRAPH, paths, Evidence.TRIPLES),
        "answers": "Al Pacino, Robert De Niro",
    }
    prompter = Prompter(tok)
    prompt = prompter.ids(prompter.text(Template.load(TEMPLATE), **fields))
    target = [*tok(TEXT)["input_ids"], tok.eos_token_id]
    ids = torch.tensor([prompt + target])
    labels = torch.tensor([[-100] * len(prompt) + target])
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.05)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for _ in range(120):
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if loss < 0.01:
            break
    return CausalLM(model, tok)


@pytest.mark.parametrize("kind", [TokenReasoner, ChainReasoner])
def test_a_language_model_writes_what_it_has_learnt_in_fewer_forwards_than_tokens(taught: CausalLM, kind) -> None:
    reasoner = kind(taught)
    assert isinstance(reasoner, TextWriter)
    found = told(reasoner)
    assert (found.text, found.withheld) == (TEXT, None)
    assert found.cost["accepted"] > 0
    assert found.cost["forwards"] < found.cost["tokens"]


def test_its_text_is_that_of_plain_decoding(taught: CausalLM) -> None:
    """Also for a model that has learnt nothing of the kind."""
    for lm in (taught, CausalLM(tiny("Qwen2", sharpness=3.0), tokenizer())):
        reasoner = TokenReasoner(lm)
        fields = {"question": QUESTION, "evidence": "(Heat, directed by, Michael Mann)", "answers": "Michael Mann"}
        written = reasoner.write_text(Template.load(TEMPLATE), fields, ["(Heat, directed by, Michael Mann)"], Bounds(2))
        prompt = reasoner._prompter.ids(reasoner._prompter.text(Template.load(TEMPLATE), **fields))
        (context,) = lm.encode_tokens([prompt])
        plain = Writer(160, stop_tokens(lm)).write(lm, context, prompt)
        kept = plain.tokens[:-1] if plain.stopped else plain.tokens
        assert written.text == lm.tokenizer.decode(list(kept), skip_special_tokens=True)
        assert written.finished == plain.stopped


def test_an_untaught_model_s_words_are_withheld() -> None:
    found = told(TokenReasoner(CausalLM(tiny("Qwen2", sharpness=3.0), tokenizer())))
    assert found.text is None
    assert found.withheld in (Withheld.NAMES, Withheld.MISSING, Withheld.UNFINISHED)


def test_out_of_time_nothing_is_shown(taught: CausalLM) -> None:
    found = told(TokenReasoner(taught), Bounds(2, deadline=0.0))
    assert (found.text, found.withheld) == (None, Withheld.BUDGET)


def test_a_prompt_that_is_too_long_costs_the_words_only(taught: CausalLM) -> None:
    found = explain(GRAPH, TokenReasoner(taught), "who " * 900, answers().answers, LINKER.named, Bounds(2))
    assert found.withheld is Withheld.FAILED
    assert "positions" in found.details[0]
