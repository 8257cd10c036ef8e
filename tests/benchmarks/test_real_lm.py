"""The benchmark of a real language model runs, whole, over a tiny one; without weights it says that it is skipped."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import real_lm
from tests.decoding.tiny_models import tiny, tokenizer


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    monkeypatch.setattr(sys, "argv", ["real_lm", "--json", *options])
    real_lm.main()
    return json.loads(capsys.readouterr().out)


def test_without_weights_or_data_it_is_skipped(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.delenv("CLEW_REAL_LM", raising=False)
    assert "no weights" in run(monkeypatch, capsys)["skipped"]
    (tmp_path / "config.json").write_text("{}")
    assert "no data" in run(monkeypatch, capsys, "--model", str(tmp_path), "--data", str(tmp_path / "none"))["skipped"]


def test_every_system_is_asked_the_same_questions(tmp_path: Path, monkeypatch, capsys) -> None:
    folder = tmp_path / "lm"
    tiny("Qwen2", sharpness=2.0).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    given = ["--model", str(folder), "--data", str(tmp_path), "--set", "demo", "--limit", "3", "--device", "cpu"]
    rows = run(monkeypatch, capsys, *given)["results"]["rows"]
    assert [row["system"] for row in rows] == list(real_lm.DEFAULT_SYSTEMS)
    assert {row["n"] for row in rows} == {3}
    forwards = {row["system"]: row["forwards"] for row in rows}
    assert forwards["embedded"] == 0
    assert forwards["lm"] > 0
    assert forwards["judge"] <= 2


def test_databases_are_also_shown_together() -> None:
    row = dict.fromkeys((*real_lm.SHOWN, "declined", "forwards"), 1.0) | {"system": "lm", "n": 3}
    other = row | {"set": "db-b", "hits@1": 0.0, "n": 1}
    (mean,) = real_lm.merged([row | {"set": "db-a"}, other, row | {"set": "demo"}])
    assert (mean["set"], mean["n"], mean["hits@1"]) == ("db", 4, 0.75)
