"""``clew doctor``."""

from __future__ import annotations

from dataclasses import asdict

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.doctor.checks import findings

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


@common.command("doctor")
def command(console: Console) -> None:
    """Check that everything is in place: settings, home, model, graphs, a running server, extras.

    Loads no model and changes nothing. Exit code 1: a check failed.
    """
    found = []
    for finding in findings(console.settings):
        found.append(finding)
        if not console.json:
            console.print(f"{finding.level:<8} {finding.subject}: {finding.text}", colour=_COLOURS[finding.level])
    failed = any(finding.level == "failed" for finding in found)
    if console.json:
        console.print_json({"healthy": not failed, "findings": [asdict(finding) for finding in found]})
    if failed:
        raise click.exceptions.Exit(1)
