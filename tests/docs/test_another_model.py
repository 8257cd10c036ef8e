"""The commands of docs/how-to/use-another-model.md, run with a tiny random model and a local server in their place."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main
from tests.decoding.chat_server import chat_server
from tests.decoding.tiny_models import tiny, tokenizer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-another-model.md"
GRAPH = "marie\tplace of birth\twarsaw\nwarsaw\tcountry\tpoland\nmarie\tspouse\tpierre\n"


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    tiny("Llama").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def commands() -> list[tuple[dict[str, str], list[str]]]:
    """The environment and the words of each command shown."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        words = shlex.split(block.replace("\\\n", " "))
        at = words.index("clew")
        found.append((dict(word.split("=", 1) for word in words[:at]), words[at + 1 :]))
    return found


def test_the_page_shows_one_command_of_each_kind() -> None:
    assert len(commands()) == 8


@pytest.mark.parametrize("number", range(8))
def test_command_of_the_page(model_folder: Path, tmp_path: Path, number: int) -> None:
    settings, words = commands()[number]
    table = tmp_path / "graph.tsv"
    table.write_text(GRAPH, encoding="utf-8")
    env = {"CLEW_HOME": str(tmp_path / "home"), "CLEW_THRESHOLD": "0", "CLEW_DEVICE": "cpu", **settings}
    runner = CliRunner()
    loaded = runner.invoke(main, ["ingest", str(table), "--graph", "demo", "--no-header"], env=env)
    assert loaded.exit_code == 0, loaded.output
    with chat_server() as url:
        there = {"Qwen/Qwen2.5-0.5B-Instruct": str(model_folder), "http://localhost:8000/v1": url}
        for name, instead in there.items():
            words = [word.replace(name, instead).replace("Marie Curie", "marie") for word in words]
            env = {key: value.replace(name, instead) for key, value in env.items()}
        asked = runner.invoke(main, [*words, "--json"], env=env)
    assert asked.exit_code == 0, asked.output
    answer = json.loads(asked.stdout)
    assert answer["status"] == "answered"
    assert answer["linked"][0]["label"] == "marie"
    assert answer["paths"]
    assert all(path["verified"] for path in answer["paths"])
