"""The files of ``deploy/`` fit the program and each other; where a tool that checks them is installed, it does."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.scale.app import ScaleOptions
from clew.kg import limits

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OPTIONS = set(re.findall(r"--[a-z-]+", CliRunner().invoke(main, ["serve", "--help"]).output))


def documents() -> list[dict[str, Any]]:
    return [document for file in MANIFESTS for document in yaml.safe_load_all(file.read_text())]


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = (document for document in documents() if document["kind"] == kind)
    return found


DEPLOYMENT = of_kind("Deployment")
POD = DEPLOYMENT["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]


def commands() -> list[list[str]]:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    started = re.search(r"^CMD \[(.*)\]$", dockerfile, re.MULTILINE)
    unit = re.search(r"^ExecStart=\S+ (.*)$", (DEPLOY / "systemd/clew.service").read_text(), re.MULTILINE)
    assert started
    assert unit
    words = [started[1].replace('"', "").split(", "), unit[1].split()]
    return [*words, COMPOSE["services"]["clew"]["command"], CONTAINER["args"]]


@pytest.mark.parametrize("command", commands(), ids=["docker", "systemd", "compose", "kubernetes"])
def test_the_server_is_started_with_options_that_it_has(command: list[str]) -> None:
    assert command[0] == "serve"
    assert {word for word in command if word.startswith("--")} <= OPTIONS


def test_the_image_holds_every_package_and_runs_as_nobody_else() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    packages = {link.name for link in (ROOT / "clew").iterdir() if link.is_symlink()}
    assert packages > {"kg", "api"}
    for name in packages | {"clew"}:
        assert f"COPY {name} {name}\n" in dockerfile
        assert f"!{name}" in let_in
    assert let_in[0] == "**"
    uid = re.search(r"--uid (\d+)", dockerfile)
    assert uid
    assert f"\nUSER {uid[1]}\n" in dockerfile
    assert POD["securityContext"]["runAsUser"] == int(uid[1])
    assert dockerfile.rindex("USER") < dockerfile.rindex("ENTRYPOINT")


def test_nothing_is_killed_while_it_drains() -> None:
    assert POD["terminationGracePeriodSeconds"] > limits.DRAIN_SECONDS
    assert int(COMPOSE["services"]["clew"]["stop_grace_period"].removesuffix("s")) > limits.DRAIN_SECONDS
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd/clew.service")
    assert int(unit["Service"]["TimeoutStopSec"]) > limits.DRAIN_SECONDS


def test_containers_can_write_only_where_they_must() -> None:
    security = CONTAINER["securityContext"]
    assert security["readOnlyRootFilesystem"]
    assert not security["allowPrivilegeEscalation"]
    assert POD["securityContext"]["runAsNonRoot"]
    assert {mount["mountPath"]: mount.get("readOnly", False) for mount in CONTAINER["volumeMounts"]} == {
        "/data": True,
        "/tmp": False,
    }
    assert COMPOSE["services"]["clew"]["read_only"]
    assert "--no-history" in CONTAINER["args"]  # its home cannot be written to


def test_the_manifests_fit_each_other() -> None:
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    name = DEPLOYMENT["metadata"]["name"]
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = of_kind(kind)["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        assert (selector.get("matchLabels") or selector).items() <= labels.items()
    assert of_kind("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == name
    assert "replicas" not in DEPLOYMENT["spec"]  # or each apply would undo the autoscaling
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert CONTAINER["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert (
        POD["volumes"][0]["persistentVolumeClaim"]["claimName"] == of_kind("PersistentVolumeClaim")["metadata"]["name"]
    )
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    assert sorted([*listed, "kustomization.yaml"]) == [file.name for file in MANIFESTS]


def test_the_arguments_of_ray() -> None:
    (application,) = yaml.safe_load((DEPLOY / "ray/clew.yaml").read_text())["applications"]
    given = application["args"].keys()
    assert application["import_path"] == "clew.api.scale.app:application"
    assert given <= {"home", "model", "require_key", *ScaleOptions.__dataclass_fields__}
    assert all(isinstance(value, str) for value in application["args"].values())


# --- tools, where they are installed
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("hadolint", ["deploy/Dockerfile"]),
        ("sh", ["-n", "deploy/entrypoint.sh"]),
        ("check-jsonschema", ["--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml"]),
        ("kubernetes-validate", [str(file.relative_to(ROOT)) for file in MANIFESTS if file.stem != "kustomization"]),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_tools_find_nothing(tool: str, arguments: list[str]) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    run = subprocess.run([tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_unit_is_one_of_systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = str(DEPLOY / "systemd/clew.service")
    run = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    faults = [line for line in run.stderr.splitlines() if "clew.service" in line and "not executable" not in line]
    assert faults == []
