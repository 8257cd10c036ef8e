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


def run(*command: str | Path, cwd: Path, **more: str) -> str:
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "CLEW_HOME"}} | more
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
    assert "clew/data/programs/ranking.json" in names
    assert {"clew/api/rest/templates/index.html", "clew/api/rest/static/proof/layers.js"} <= names
    assert "clew/kg/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"clew"}
    assert not [name for name in names if "tests/" in name]


def take_kernels(installed: Path) -> None:
    """Give it the kernels that the tree has compiled by now, half a minute's work: that any folder's are compiled and
    kept, ``tests/kg/test_compiled.py`` shows. They count as fresh where the sources' times are the same."""
    for file in installed.rglob("*.py"):
        origin = ROOT / "clew" / file.relative_to(installed)
        os.utime(file, ns=(origin.stat().st_atime_ns, origin.stat().st_mtime_ns))
        for kernel in (origin.parent / "__pycache__").glob(f"{file.stem}.*.nb[ci]"):
            (file.parent / "__pycache__").mkdir(exist_ok=True)
            shutil.copy2(kernel, file.parent / "__pycache__")


@pytest.fixture(scope="module")
def packages(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site-packages of another environment with the wheel installed, and what the wheel needs within reach."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    folder = Path(run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=environment).strip())
    before = {path.name for path in folder.iterdir()}
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps")
    run(*pip, "--target", folder, wheel, cwd=environment)
    added = {path.name for path in folder.iterdir()} - before
    assert {name for name in added if not name.endswith(".dist-info")} <= {"clew", "bin"}, added
    take_kernels(folder / "clew")
    # The dependencies come from the environment under test. A path line in a .pth file does not run the .pth files
    # of the folder it adds, so the editable install there stays out.
    (folder / "dependencies.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder


@pytest.fixture
def python(packages: Path, tmp_path: Path) -> Path:
    """The interpreter of that environment; it finds Clew there and nowhere else."""
    interpreter = packages.parents[2] / "bin" / "python"
    origin = run(interpreter, "-c", "import clew.kg; print(clew.kg.__file__)", cwd=tmp_path)
    assert origin.startswith(str(packages))
    return interpreter


def test_installed_wheel_answers_the_demo_question(python: Path, tmp_path: Path) -> None:
    answer = json.loads(run(python, "-m", "clew", "demo", "--home", tmp_path / "home", "--json", cwd=tmp_path))
    assert answer["status"] == "answered"
    assert answer["answers"]
    assert answer["paths"]
    assert all(path["verified"] for path in answer["paths"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's own project, with names that Clew's folders have too."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "data" / "loader.py").write_text("OWNER = 'the user'\n", encoding="utf-8")
    for name in ("api", "kg", "evaluation"):
        (folder / f"{name}.py").write_text("OWNER = 'the user'\n", encoding="utf-8")
    (folder / "kin.csv").write_text("head,relation,tail\nAriadne,parent,Minos\n", encoding="utf-8")
    return folder


OWN = "from data import loader; import api, kg, evaluation; print({m.OWNER for m in (loader, api, kg, evaluation)})"


def check_project(python: str | Path, project: Path, path: str) -> None:
    """The user's modules are his, and Clew works beside them, also in the process that parses."""
    assert run(python, "-c", f"import clew.api.cli; {OWN}", cwd=project, PYTHONPATH=path) == "{'the user'}\n"
    assert "Usage:" in run(python, "-m", "clew", "--help", cwd=project, PYTHONPATH=path)
    ask = f"import clew; print(clew.load('kin.csv').ask('Who is the parent of Ariadne?').labels); {OWN}"
    assert run(python, "-c", ask, cwd=project, PYTHONPATH=path) == "['Minos']\n{'the user'}\n"


def test_a_project_with_folders_of_the_same_names_beside_the_installed_wheel(python: Path, project: Path) -> None:
    check_project(python, project, ".")


def test_a_project_with_folders_of_the_same_names_beside_the_tree(project: Path, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "clew").symlink_to(ROOT / "clew")
    check_project(sys.executable, project, f".{os.pathsep}{tmp_path / 'tree'}")
