"""A short run of the real recipe."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from clew.decoding.embedded.network import weights
from clew.decoding.embedded.network.encoder import tuned_layers
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Config
from clew.decoding.embedded.ranking.fusion import FEATURES, Fusion, confidence
from clew.kg.errors import ModelUnavailable
from clew.training.calibrate import UNFITTED, UNTRAINED, CalibrationCase, cases, expected_calibration_error, fit, report
from clew.training.pretrain import QUICK, main, pretrain, refit
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.examples import ExampleSampler
from clew.training.synthetic.lexicon import read_lexicon
from clew.training.trainer import Recipe, Trainer, TrainingProgress
from tests.decoding.embedded.toys import encoder, random_network
from tests.training.questions import toys as questions


@pytest.fixture(autouse=True)
def _single_thread() -> None:
    torch.set_num_threads(1)


def test_training_lowers_the_loss_of_what_it_sees() -> None:
    _, lower = random_network()
    torch.manual_seed(0)
    network = Network(Config(tuned_layers=1), tuned_layers(encoder().bert, 1))
    trainer = Trainer(network, lower, LabelTable(encoder(), lower), encoder().tokenizer)
    seen = list(islice(ExampleSampler(read_lexicon()[:2], 0), 48))
    progress: list[TrainingProgress] = []

    def stream():  # type: ignore[no-untyped-def]
        while True:
            yield from seen

    trainer.run(stream(), Recipe(14, batch=12, rate=1e-3), progress.append)
    first, last = (sum(sum(p.losses.values()) for p in part) for part in (progress[:3], progress[-3:]))
    assert last < 0.92 * first
    assert progress[-1].step == 14


def test_a_step_is_made_on_the_device_alone() -> None:
    """torch's meta device holds no numbers, and refuses, as a GPU does, what lies elsewhere."""
    _, lower = random_network()
    network, meta = Network(Config(tuned_layers=1), tuned_layers(encoder().bert, 1)), torch.device("meta")
    trainer = Trainer(network, lower, LabelTable(encoder(), lower), encoder().tokenizer, meta)
    parts, outcome, batch = trainer.forward(list(islice(ExampleSampler(read_lexicon()[:2], 0, unanswerable=0.3), 12)))
    parts.total().backward()  # type: ignore[no-untyped-call]
    grads = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert len(grads) > 0.9 * len(list(network.parameters()))
    assert {part.device for part in (*grads, *outcome, batch.mask)} == {meta}
    assert {part.device.type for part in trainer.table.rows(torch.tensor([0]))} == {"cpu"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_pretraining_on_a_gpu_ends_on_the_cpu() -> None:
    domains = [domain for domain in read_lexicon() if domain.group in {"screen", "commerce"}]
    network, _, figures = pretrain(QUICK, encoder(), domains, device=torch.device("cuda"))
    assert figures["device"] == "cuda"
    assert all(value.device.type == "cpu" and value.isfinite().all() for value in network.state_dict().values())


def test_a_step_in_bfloat16_is_about_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, lower = random_network()
    torch.manual_seed(0)
    network = Network(Config(tuned_layers=1), tuned_layers(encoder().bert, 1)).eval()
    trainer = Trainer(network, lower, LabelTable(encoder(), lower), encoder().tokenizer)
    examples = list(islice(ExampleSampler(read_lexicon()[:2], 0, unanswerable=0.3), 12))
    totals = []
    for native in (False, True):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda native=native: native)
        total = trainer.forward(examples)[0].total()
        total.backward()  # type: ignore[no-untyped-call]
        totals.append(float(total.detach()))
    assert totals[0] != totals[1]
    assert totals[1] == pytest.approx(totals[0], rel=0.02)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("cuda:99", "abacus", "cpu:1"):
        told = CliRunner().invoke(main, ["--out", str(tmp_path / "w"), "--quick", "--device", name])
        assert told.exit_code == 2
        assert name in told.output
    assert not (tmp_path / "w").exists()


def test_pretraining_writes_weights_that_load_and_repeat(tmp_path: Path) -> None:
    groups = {"screen", "commerce"}
    domains = [domain for domain in read_lexicon() if domain.group in groups]
    runs = [pretrain(QUICK, encoder(), domains) for _ in range(2)]
    network, fusion, figures = runs[0]
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, runs[1][0].state_dict()[name])
    assert {"cpu_seconds", "held_out"} <= figures.keys()
    fingerprint = weights.save(tmp_path, network, fusion, encoder().fingerprint, {"figures": figures})
    loaded = weights.load(tmp_path)
    assert loaded.fingerprint == fingerprint
    assert loaded.fusion == fusion
    assert loaded.about["figures"] == figures
    for name, value in network.state_dict().items():
        torch.testing.assert_close(loaded.network.state_dict()[name], value.half().float())
    refitted, _ = refit(QUICK, encoder(), domains, loaded.network)
    np.testing.assert_allclose(refitted.weights, fusion.weights, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("damage", ["flip", "missing", "config", "format"])
def test_damaged_weights_are_refused(tmp_path: Path, damage: str) -> None:
    network, _ = random_network()
    weights.save(tmp_path, network, UNFITTED, "e", {})
    file, config = tmp_path / weights.WEIGHTS, tmp_path / weights.CONFIG
    if damage == "flip":
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    elif damage == "missing":
        file.unlink()
    elif damage == "config":
        config.write_text("{")
    else:
        config.write_text(json.dumps({**json.loads(config.read_text()), "format": 0}))
    with pytest.raises(ModelUnavailable):
        weights.load(tmp_path)


def test_fitting_beats_the_unfitted_start() -> None:
    network, lower = random_network()
    table = LabelTable(encoder(), lower)
    sampler = ExampleSampler(read_lexicon()[:4], 1, unanswerable=0.2)
    found = cases(islice(sampler, 60), network, lower, table, encoder().tokenizer)
    fusion = fit(found)
    assert min(fusion.weights) >= 0
    assert all(fusion.weights[FEATURES.index(name)] >= least for name, least in UNTRAINED.items())
    assert surprise(found, fusion) < surprise(found, UNFITTED)
    assert misjudged(found, fusion) < base_rate_entropy(found, fusion) + 1e-6
    figures = report(found, fusion)
    assert {"right@1", "right@2", "right@3", "ece", "declined@10"} <= figures.keys()
    assert all(0 <= value <= 1 for value in figures.values())


def surprise(found: list[CalibrationCase], fusion: Fusion) -> float:
    """Mean negative log-probability of the gold paths."""
    known = [case for case in found if case.gold >= 0]
    scores = [case.features @ np.array(fusion.weights) for case in known]
    return -float(np.mean([s[case.gold] - np.logaddexp.reduce(s) for s, case in zip(scores, known, strict=True)]))


def base_rate_entropy(found: list[CalibrationCase], fusion: Fusion) -> float:
    """Mean log loss of the constant that is best: the share of first paths that are right."""
    share = np.mean([int((case.features @ np.array(fusion.weights)).argmax()) == case.gold for case in found])
    return -float(share * np.log(share) + (1 - share) * np.log(1 - share))


def misjudged(found: list[CalibrationCase], fusion: Fusion) -> float:
    """Mean log loss of the confidence, each fusion judging its own first path."""
    losses = []
    for case in found:
        scores = case.features @ np.array(fusion.weights)
        best = int(scores.argmax())
        sure = confidence(np.sort(scores)[::-1], case.features[best], fusion)
        losses.append(-np.log(max(sure if best == case.gold else 1 - sure, 1e-6)))
    return float(np.mean(losses))


def test_calibration_error_of_known_cases() -> None:
    assert expected_calibration_error(np.array([0.95, 0.95]), np.array([1.0, 1.0])) == pytest.approx(0.05)
    assert expected_calibration_error(np.array([0.9, 0.1]), np.array([0.0, 0.0])) == pytest.approx(0.5)


def test_real_questions_join_the_lexicon(tmp_path: Path) -> None:
    rows, left_out, out = tmp_path / "rows.jsonl", tmp_path / "names.txt", tmp_path / "w"
    questions.written(rows)
    left_out.write_text("altitude\n")
    told = CliRunner().invoke(
        main, ["--out", str(out), "--quick", "--questions", str(rows), "--leave-out-relations", str(left_out)]
    )
    assert told.exit_code == 0, told.output
    about = weights.load(out).about
    assert about["plan"]["questions"]
    held_out = about["figures"]["held_out_questions"]
    assert held_out["first_by_part"].keys() == {"fusion", *FEATURES}
    assert about["figures"]["best_step"] in (0, 4)


def test_a_broken_file_of_questions_is_named(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n")
    told = CliRunner().invoke(main, ["--out", str(tmp_path / "w"), "--quick", "--questions", str(rows)])
    assert told.exit_code != 0
    assert f"{rows}: line 1" in f"{told.output}{told.exception}"
    assert not (tmp_path / "w").exists()
