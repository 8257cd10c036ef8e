"""The Ray Serve application: its arguments, one replica, and (where Ray is installed) a cluster of one machine."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from clew.api.scale import app as scale
from clew.api.scale.app import ScaleOptions, application, replica_app
from clew.api.service.keys import KeyStore
from clew.api.settings import Settings
from clew.kg.errors import BadInput


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"hom": "x"}, "no argument 'hom'"),
        ({"require_key": "perhaps"}, "true or false"),
        ({}, "needs an API key"),
        ({"require_key": "false", "cpus": "none"}, "cannot be read"),
        ({"require_key": "false", "min_replicas": "3", "max_replicas": "2"}, "replicas"),
        ({"require_key": "false", "target": "0"}, "at least 1"),
    ],
)
def test_wrong_arguments(tmp_path: Path, arguments: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        scale._settings({"home": str(tmp_path)} | arguments)


def test_settings_of_replicas(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys.json").add("proxy", ("ask",))
    found = scale._settings({"home": str(tmp_path), "cpus": "3"})
    assert (found.require_key, found.keep_history, found.workers, found.home) == (True, False, 3, tmp_path)
    assert scale._options({"max_replicas": "8", "gpus": "0.5"}) == ScaleOptions(max_replicas=8, gpus=0.5)


def test_a_replica_answers_when_it_is_made(home: Path, parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.api.service.service.DefaultParts", lambda catalogue, settings: parts)
    with TestClient(replica_app(Settings(home=home, keep_history=False))) as client:
        assert client.get("/readyz").status_code == 200
        found = client.post("/v1/graphs/films/ask", json={"question": "Who directed [Inception]?"}).json()
        assert found["answers"][0]["label"] == "Christopher Nolan"


def test_a_cluster_of_one_machine(home: Path) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed (pip install 'clew[serve-scale]')")
    serve = pytest.importorskip("ray.serve", reason="Ray is installed without Serve")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": 18917})
        arguments = {"home": str(home), "require_key": "false", "cpus": "1", "min_replicas": "2", "max_replicas": "2"}
        serve.run(application(arguments), blocking=False)
        for _ in range(600):
            status = serve.status().applications["default"].deployments["clew"]
            if status.replica_states.get("RUNNING") == 2:
                break
            time.sleep(0.2)
        asked = json.dumps({"question": "Who directed [Inception]?"}).encode()
        for _ in range(10):
            request = urllib.request.Request("http://127.0.0.1:18917/v1/graphs/films/ask", asked)
            request.add_header("Content-Type", "application/json")
            with urllib.request.urlopen(request, timeout=120) as response:
                assert json.load(response)["answers"][0]["label"] == "Christopher Nolan"
    finally:
        serve.shutdown()
        ray.shutdown()
