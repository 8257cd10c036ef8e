"""The command of docs/how-to/use-another-model.md, run with a tiny random model in the place of the hub's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main
from tests.decoding.tiny_models import tiny, tokenizer

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-another-model.md"
GRAPH = "marie\tplace of birth\twarsaw\nwarsaw\tcountry\tpoland\nmarie\tspouse\tpierre\n"


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    tiny("Llama").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def test_command_of_the_page(model_folder: Path, tmp_path: Path) -> None:
    shown = re.search(r"^CLEW_MODEL=(\S+) clew ask --graph demo \"(.+)\"$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert shown
    table = tmp_path / "graph.tsv"
    table.write_text(GRAPH, encoding="utf-8")
    env = {"CLEW_HOME": str(tmp_path / "home"), "CLEW_MODEL": str(model_folder), "CLEW_THRESHOLD": "0"}
    runner = CliRunner()
    loaded = runner.invoke(main, ["ingest", str(table), "--graph", "demo", "--no-header"], env=env)
    assert loaded.exit_code == 0, loaded.output
    question = shown[2].replace("Marie Curie", "marie")
    asked = runner.invoke(main, ["ask", "--graph", "demo", "--json", question], env=env)
    assert asked.exit_code == 0, asked.output
    answer = json.loads(asked.stdout)
    assert answer["status"] == "answered"
    assert answer["linked"][0]["label"] == "marie"
    assert answer["paths"]
    assert all(path["verified"] for path in answer["paths"])
