"""A token index is built once by a command, found where a model looks for it, and built again by the command that an
error names."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from clew.api.service.token_indices import TokenIndices
from clew.kg.errors import StaleIndex
from clew.tries.tokens.token_index import TokenIndex
from tests.decoding.tiny_models import tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tokenizer")
    tokenizer().save_pretrained(path)
    return path


def loaded(folder):
    from clew.decoding.causal.loading import load_tokenizer

    return load_tokenizer(str(folder))


def test_a_model_finds_what_the_command_stored(clew, service, folder, monkeypatch) -> None:
    graph, tok, indices = service.catalogue.open("films"), loaded(folder), TokenIndices(service.catalogue)
    built = indices(graph, tok)
    got = json.loads(clew("index", "--graph", "films", "--tokenizer", folder, "--json").stdout)
    assert got["folder"] == str(indices.folder(graph, tok, True))
    monkeypatch.setattr(TokenIndex, "build", None)  # it is not built again
    found = indices(graph, tok)
    assert found.ints.tolist() == built.ints.tolist()
    with pytest.raises(TypeError):
        indices(graph, tok, inverse=False)  # another index: not there, so it would be built


def test_the_command_that_an_error_names_builds_it_again(clew, service, folder, tmp_path) -> None:
    graph, tok, at = service.catalogue.open("films"), loaded(folder), tmp_path / "an index"
    with pytest.raises(StaleIndex) as error:
        TokenIndex.load(at, graph, tok, inverse=False)
    words = shlex.split(re.search(r"clew (index .*)", str(error.value))[1])
    clew(*words)
    assert not TokenIndex.load(at, graph, tok, inverse=False).inverse
    with pytest.raises(
        StaleIndex, match="has inverse False instead of True; rebuild it with: clew index --graph films"
    ):
        TokenIndex.load(at, graph, tok)


def test_what_goes_with_the_tokenizer_only(clew) -> None:
    assert "need --tokenizer" in clew("index", "--graph", "films", "--forward-only", exit_code=2).stderr
    clew("index", "--graph", "films", "--tokenizer", "/nowhere", exit_code=1)
