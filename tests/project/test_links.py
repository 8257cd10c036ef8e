"""Each package folder at the top level is linked into ``clew/``, and a copy without the links says what is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_INSTALLED = {"clew", "tests", "benchmarks"}
PACKAGES = sorted(file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name not in NOT_INSTALLED)


def test_there_are_packages() -> None:
    assert {"kg", "tries", "retrieval", "decoding", "training", "evaluation", "api", "data"} == set(PACKAGES)


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_linked(name: str) -> None:
    link = ROOT / "clew" / name
    assert link.is_symlink()
    assert link.readlink() == Path("..") / name


def test_every_link_leads_to_a_package() -> None:
    assert sorted(path.name for path in (ROOT / "clew").iterdir() if path.is_symlink()) == PACKAGES


@pytest.mark.parametrize("as_file", [True, False], ids=["git wrote the links as files", "the links are missing"])
def test_a_copy_without_links_says_what_to_do(tmp_path: Path, as_file: bool) -> None:
    (tmp_path / "clew").mkdir()
    for file in (ROOT / "clew").glob("*.py"):
        shutil.copy2(file, tmp_path / "clew")
    for name in PACKAGES if as_file else ():
        (tmp_path / "clew" / name).write_text(f"../{name}", encoding="utf-8")
    for words in (["-m", "clew", "--help"], ["-c", "import clew.kg.errors"]):
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        # -S: without site-packages, so that nothing installed there fills the gap
        command = [sys.executable, "-S", *words]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert "core.symlinks" in done.stderr
        assert "CONTRIBUTING.md" in done.stderr
