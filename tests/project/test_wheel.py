"""A wheel built from the tree, installed in another environment, answers the demo question from another folder."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "CLEW_HOME"}}
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    # Build from a copy, so that no build folder is left in the tree.
    source = out / "source"
    listing = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listing.splitlines()):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, source / name, follow_symlinks=False)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source, cwd=out)
    return next(out.glob("*.whl"))


def test_wheel_holds_the_packages_and_their_data_but_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "clew/data/demo/questions.jsonl" in names
    assert "clew/data/embedded/model.safetensors" in names
    assert "clew/api/rest/templates/index.html" in names
    assert "clew/kg/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"clew"}
    assert not [name for name in names if "tests/" in name]


def test_installed_wheel_answers_the_demo_question(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    packages = Path(run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=tmp_path).strip())
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", packages, wheel, cwd=tmp_path)
    # The dependencies come from the environment under test. A path line in a .pth file does not run the .pth files
    # of the folder it adds, so the editable install there stays out.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    away = tmp_path / "elsewhere"
    away.mkdir()
    origin = run(python, "-c", "import clew.kg; print(clew.kg.__file__)", cwd=away)
    assert origin.startswith(str(packages))
    command = [python, "-m", "clew", "demo", "--home", tmp_path / "home", "--json"]
    answer = json.loads(run(*command, cwd=away))
    assert answer["status"] == "answered"
    assert answer["answers"]
    assert all(path["verified"] for path in answer["paths"])
