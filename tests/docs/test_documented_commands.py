"""Every command shown in the README and in docs/ runs, and prints what the page shows below it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from click.testing import CliRunner

from tests.docs.commands import Command, Page, read_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FIRST = ("README.md", "docs/tutorial/first-answer.md")
RUNNABLE = [page for page in map(read_page, PAGES) if page.commands or page.scripts]


def matches(shown: str, printed: str) -> bool:
    """Whether a printed line is the shown one; ``...`` in the shown line stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, shown.rstrip().split("..."))), printed.rstrip()) is not None


def check_output(command: Command, output: str) -> None:
    """Each shown line must be printed, in the order shown."""
    printed = iter(output.splitlines())
    for shown in command.output:
        assert any(matches(shown, line) for line in printed), f"$ {command.line}\nnot printed: {shown}\n\n{output}"


def run_command(command: Command, folder: Path) -> None:
    words = shlex.split(command.line)
    needs_shell = "$(" in command.line or bool({"|", ">", "<", "&&", "serve"} & set(words))
    if words[0] == "clew" and not needs_shell:
        from clew.api.cli import main

        result = CliRunner().invoke(main, words[1:], env={"CLEW_HOME": str(folder / "home"), "COLUMNS": "120"})
        assert result.exit_code == 0, f"$ {command.line}\n{result.output}{result.exception!r}"
        check_output(command, result.output)
        return
    env = dict(os.environ, CLEW_HOME=str(folder / "home"), COLUMNS="120")
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["PYTHONPATH"] = str(ROOT)
    process = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.line],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, f"$ {command.line}\n{process.stdout}{process.stderr}"
    check_output(command, process.stdout)


def case(page: Page) -> ParameterSet:
    """A page's case; what a newcomer runs first starts the process that parses, as it does for him."""
    name = str(page.path.relative_to(ROOT))
    return pytest.param(page, id=name, marks=[pytest.mark.isolated] if name in FIRST else [])


@pytest.mark.parametrize("page", map(case, RUNNABLE))
def test_page(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEW_HOME", str(tmp_path / "home"))
    for name, text in page.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in page.commands:
        run_command(command, tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for script in page.scripts:
        exec(compile(script, str(page.path), "exec"), namespace)


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"demo", "test"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_ci_runs_what_the_readme_shows() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make demo" in script
    assert "make test" in script


def test_links_between_pages_lead_somewhere() -> None:
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    ]
    assert links
    for page, target in links:
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
