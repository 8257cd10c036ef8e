"""Linking: what is named is found where it stands, however it is typed, and nothing else is made up."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadInput, StaleIndex, UnknownNode
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.interop import from_triples
from clew.kg.limits import MAX_QUESTION_CHARS
from clew.retrieval.linking.linker import EntityLinker
from clew.retrieval.linking.topics import topics
from clew.retrieval.linking.types import Linking
from clew.retrieval.linking.word_weights import FRAME_WORDS, FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.vectors.label_index import EntityIndex
from tests.retrieval.conftest import LABELS, WordHashes, films


@pytest.fixture(scope="module")
def linker() -> EntityLinker:
    return EntityLinker.build(films())


def first(linker: EntityLinker, question: str) -> str | None:
    """The key of the best topic."""
    found = topics(linker.link(question))
    return linker.graph.key(found[0].node) if found else None


def keys(linker: EntityLinker, linking: Linking) -> list[list[str]]:
    return [[linker.graph.key(c.node) for c in mention.candidates] for mention in linking.mentions]


# --- laws

FRAMES = ["who directed {}", "what is {} based on?", "films by {} and others", "{}", "is it true that {} was released"]
NAMES = [key for key in LABELS if LABELS[key] not in ("It", "Crash", "Solaris", "The Movie Hero", "Hero")]


@given(st.sampled_from(FRAMES), st.sampled_from(NAMES), st.sampled_from([str, str.lower, str.upper, str.title]))
def test_planted_label_is_found_with_its_place(frame: str, key: str, recase: type[str]) -> None:
    linker = PLANTED
    name = recase(LABELS[key])
    question = frame.format(name)
    linking = linker.link(question)
    best = linking.mentions[0]
    assert linker.graph.key(best.candidates[0].node) == key
    assert (best.start, question[best.start : best.end], best.text) == (frame.index("{"), name, name)


PLANTED = EntityLinker.build(films())
UNICODE = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Nd", "Zs", "Po", "Pd", "Sm", "So"]), min_size=4, max_size=24
)


@settings(max_examples=60)
@given(UNICODE, st.sampled_from(FRAMES))
def test_any_label_is_found_in_a_question(name: str, frame: str) -> None:
    name = " ".join(name.split())
    assume(sum(char.isalpha() for char in name) >= 4 and "[" not in name)
    assume(name[-1] not in ",&/")  # after one of these the words that follow may belong to the name
    assume(set(fold_words(name).split()) - FRAME_WORDS - FUNCTION_WORDS)
    linker = EntityLinker.build(from_triples([("e:x", "r:made", "e:y")], {"e:x": name, "e:y": "other"}))
    question = frame.format(name)
    nodes = [c.node for mention in linker.link(question).mentions for c in mention.candidates]
    assert linker.graph.node("e:x") in nodes


PARTS = st.one_of(st.text(max_size=20), st.sampled_from([LABELS[key] for key in NAMES]))


@given(st.lists(PARTS, max_size=6).map(" ".join))
def test_any_question_is_linked_soundly(question: str) -> None:
    linking = PLANTED.link(question)
    spans = sorted((m.start, m.end) for m in linking.mentions)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    best = [m.candidates[0].score for m in linking.mentions]
    assert best == sorted(best, reverse=True)
    for mention in linking.mentions:
        assert linking.question[mention.start : mention.end] == mention.text != ""
        scores = [c.score for c in mention.candidates]
        assert all(0 < score <= 1 for score in scores)
        assert scores == sorted(scores, reverse=True)
        assert len({c.node for c in mention.candidates}) == len(scores)


# --- how a name may be typed


@pytest.mark.parametrize(
    ("question", "key", "how"),
    [
        ("who directed Alien", "e:Alien", "exact"),
        ("who directed alien", "e:Alien", "case"),
        ("WHO DIRECTED BLADE RUNNER", "e:BladeRunner", "case"),
        ("who directed Amelie", "e:Amelie", "case"),
        ("who directed Le Fabuleux Destin d'Amélie Poulain?", "e:Amelie", "alternative"),
        ("who directed Le Fabuleux Destin d’Amelie Poulain?", "e:Amelie", "case"),
        ("who wrote Stanislaw Lem's books", "e:Lem", "case"),
        ("who directed Gladiatr", "e:Gladiator", "typo"),
        ("who directed Gladaitor", "e:Gladiator", "typo"),
        ("films by ridly scott", "e:RidleyScott", "typo"),
        ("films by RidleyScott", "e:RidleyScott", "typo"),
        ("films by Stephen Speilberg", "e:StevenSpielberg", "typo"),
        ("films by Spielberg", "e:StevenSpielberg", "partial"),
        ("which films did Jean Pierre Jeunet direct", "e:Jeunet", "case"),
        ('who directed "It"', "e:It", "exact"),
        ("who directed the movie Hero", "e:Hero", "exact"),
        ("who directed The Movie Hero", "e:TheHero", "exact"),
    ],
)
def test_ways_to_type_a_name(linker: EntityLinker, question: str, key: str, how: str) -> None:
    best = linker.link(question).mentions[0].candidates[0]
    assert (linker.graph.key(best.node), best.how) == (key, how)


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "?!",
        "what is the meaning of life",
        "who is it that they were directed by",
        "how are you today",
        "asdf qwer zxcv",
        "tell me something about that",
        "\x00\x1b[31m",
        "🎬🎬🎬",
    ],
)
def test_naming_nothing_gives_nothing(linker: EntityLinker, question: str) -> None:
    linking = linker.link(question)
    assert linking.mentions == ()
    assert topics(linking) == []


def test_shared_label_is_reported_as_ambiguous(linker: EntityLinker) -> None:
    mention = linker.link("who directed Crash").mentions[0]
    assert {linker.graph.key(c.node) for c in mention.candidates} == {"e:Crash1996", "e:Crash2004"}
    assert mention.ambiguous
    assert not linker.link("who directed Alien").mentions[0].ambiguous


def test_other_words_weigh_between_bearers_of_a_name(linker: EntityLinker) -> None:
    assert first(linker, "who was Solaris written by") == "e:SolarisNovel"
    assert len(linker.link("who was Solaris written by").mentions[0].candidates) == 2


def test_several_entities(linker: EntityLinker) -> None:
    linking = linker.link("which film did Audrey Tautou make with Jean-Pierre Jeunet")
    assert sorted(itertools.chain(*keys(linker, linking))) == ["e:Jeunet", "e:Tautou"]


def test_longer_name_beats_its_parts(linker: EntityLinker) -> None:
    builder = GraphBuilder()
    for i, name in enumerate(["Snake", "Black", "Black Snake Moan", "Moan"]):
        builder.edge(f"e:{i}", "r:of", "e:x")
        builder.label(f"e:{i}", name)
    small = EntityLinker.build(builder.build("g"))
    assert keys(small, small.link("actors of Black Snake Moan")) == [["e:2"]]
    assert keys(small, small.link("actors of black snake moan")) == [["e:2"]]
    assert keys(small, small.link("actors of Black Snkae Moan")) == [["e:2"]]


def test_name_that_is_partly_lower_case_beats_its_capitalised_part() -> None:
    labels = {"e:team": "Italy national football team", "e:italy": "Italy"}
    linker = EntityLinker.build(from_triples([("e:team", "r:of", "e:italy")], labels))
    assert first(linker, "who won against Italy national football team") == "e:team"
    assert first(linker, "who won against Italy at football") == "e:italy"


def test_entity_without_edges_is_still_named() -> None:
    builder = GraphBuilder()
    builder.edge("e:a", "r:of", "e:b")
    builder.label("e:alone", "Atlantis")
    assert first(EntityLinker.build(builder.build("g")), "where is Atlantis") == "e:alone"


@pytest.mark.parametrize("name", ["<|endoftext|> Story", "[SEP] Affair", "<s>Hello</s>", "A -> B Express"])
def test_special_token_text_is_just_text(name: str) -> None:
    linker = EntityLinker.build(from_triples([("e:x", "r:of", "e:y")], {"e:x": name}))
    mention = linker.link(f"who wrote {name} then").mentions[0]
    assert linker.graph.key(mention.candidates[0].node) == "e:x"
    assert first(linker, f"who wrote {name.lower()}") == "e:x"


def test_literals_and_keys_without_labels() -> None:
    from clew.kg.terms.literal import Literal

    linker = EntityLinker.build(
        from_triples([("http://x.org/Blue_Note", "r:founded", Literal("1939")), ("Max Roach", "r:on", "Clifford")])
    )
    assert first(linker, "when was Blue Note founded") == "http://x.org/Blue_Note"
    assert first(linker, "what was founded in 1939") == '"1939"'


def test_empty_graph() -> None:
    linker = EntityLinker.build(from_triples([]))
    assert linker.link("who directed Alien").mentions == ()


def test_too_long_a_question_is_refused(linker: EntityLinker) -> None:
    with pytest.raises(BadInput, match=f"10000 characters; the limit is {MAX_QUESTION_CHARS}"):
        linker.link("x" * 10_000)
    assert first(linker, "who directed Alien " + "and so on " * 190) == "e:Alien"


# --- names given explicitly


def test_brackets_name_the_topic(linker: EntityLinker) -> None:
    linking = linker.link("who directed [Crash], not Alien")
    assert linking.question == "who directed Crash, not Alien"
    (mention,) = linking.mentions
    assert (mention.start, mention.end, mention.text) == (13, 18, "Crash")
    assert {linker.graph.key(c.node) for c in mention.candidates} == {"e:Crash1996", "e:Crash2004"}
    assert {(c.how, c.score) for c in mention.candidates} == {("given", 1.0)}


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("who directed [e:Crash1996]", "e:Crash1996"),
        ("who directed [ alien ]", "e:Alien"),
        ("who directed [Gladiatr]", "e:Gladiator"),
        ("who [really] directed Alien", "e:Alien"),
        ("who directed [] Alien [", "e:Alien"),
    ],
)
def test_what_brackets_may_hold(linker: EntityLinker, question: str, key: str) -> None:
    assert first(linker, question) == key


def test_brackets_around_no_entity_link_nothing_else_by_force(linker: EntityLinker) -> None:
    assert linker.link("who directed [No Such Film]").mentions == ()


def test_several_brackets(linker: EntityLinker) -> None:
    linking = linker.link("[Alien] or [Jaws]")
    assert [m.text for m in linking.mentions] == ["Alien", "Jaws"]
    assert [linking.question[m.start : m.end] for m in linking.mentions] == ["Alien", "Jaws"]


def test_topics_argument(linker: EntityLinker) -> None:
    linking = linker.link("who directed Alien and it", topics=["e:Jaws", "alien", "Crash"])
    found = topics(linking)
    assert {linker.graph.key(t.node) for t in found} == {"e:Jaws", "e:Alien", "e:Crash1996", "e:Crash2004"}
    spans = {linker.graph.key(t.node): t.span for t in found}
    assert spans["e:Alien"] == (13, 18)
    assert spans["e:Jaws"] is None
    assert {t.score for t in found} == {1.0}


def test_all_given_topics_are_kept(linker: EntityLinker) -> None:
    assert len(topics(linker.link("?", topics=["Crash", "Alien", "Jaws", "Solaris"]), limit=2)) == 6


@pytest.mark.parametrize("topic", ["Gladiatr", "", "<broken", '"unclosed', "\x00", "x" * 5_000])
def test_unknown_topic_is_an_error(linker: EntityLinker, topic: str) -> None:
    with pytest.raises(UnknownNode, match="no entity") as caught:
        linker.link("who?", topics=[topic])
    assert ("'Gladiator'" in str(caught.value)) == (topic == "Gladiatr")


# --- topics


def test_topics_take_turns_among_mentions(linker: EntityLinker) -> None:
    found = topics(linker.link("did Paul Haggis direct Crash or Solaris"), limit=3)
    spans = [topic.span for topic in found]
    assert len(found) == 3
    assert len(set(spans)) == 3
    scores = [topic.score for topic in found]
    assert scores == sorted(scores, reverse=True)


# --- meaning, files


def test_vector_index_is_asked_only_when_nothing_else_is_found(word_hashes: WordHashes) -> None:
    graph = films()
    linker = EntityLinker.build(graph, entity_index=EntityIndex.build(graph, word_hashes))
    before = word_hashes.encoded
    assert first(linker, "who directed Alien") == "e:Alien"
    assert word_hashes.encoded == before
    candidate = linker.link("films by runner blade").mentions[0].candidates[0]
    assert (graph.key(candidate.node), candidate.how) == ("e:BladeRunner", "embedding")
    assert linker.link("is there any hope left in this").mentions == ()


def test_stored_linker_links_alike(tmp_path: Path, linker: EntityLinker) -> None:
    graph = films()
    with pytest.raises(StaleIndex):
        EntityLinker.load(graph, tmp_path)
    EntityLinker.open(graph, tmp_path)
    stored = EntityLinker.load(graph, tmp_path)
    for question in ["who directed Alien", "films by ridly scott", "who made Crash", "films by Spielberg"]:
        assert stored.link(question) == linker.link(question)
    with pytest.raises(StaleIndex):
        EntityLinker.load(from_triples([("a", "b", "c")]), tmp_path)
