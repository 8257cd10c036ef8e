"""``clew keys``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.service.keys import OPERATIONS, ApiKey, KeyStore


@click.group("keys")
def command() -> None:
    """Make, list and revoke API keys for ``clew serve``.

    Changes take effect at the next request. A server that is running does not need to be restarted.
    """


@common.command("add")
@click.argument("name")
@click.option(
    "--scope",
    multiple=True,
    default=("ask", "read"),
    show_default=True,
    metavar="OPERATION[:GRAPH]",
    help=f"What the key allows: {', '.join(OPERATIONS)}; in all graphs, or in one (ask:demo); repeatable.",
)
@click.option("--days", type=click.FloatRange(0, 36_500, min_open=True), help="Days until it expires. Default: never.")
def add(console: Console, name: str, scope: tuple[str, ...], days: float | None) -> None:
    """Make a key called NAME and print it. It is shown only this once."""
    key, token = _keys(console).add(name, scope, days)
    if console.json:
        console.print_json({"key": token, **_shown(key)})
        return
    console.print(token)
    console.note(f"This is the only time that the key is shown. {_sentence(key)}")


@common.command("list")
def list_(console: Console) -> None:
    """List the keys: names, ids, scopes and times, never the keys themselves."""
    found = _keys(console).all()
    if console.json:
        console.print_json([_shown(key) for key in found])
    elif not found:
        console.print("There is no API key yet. Make one with: clew keys add NAME")
    for key in () if console.json else found:
        console.print(f"{key.name}  {key.id}  {_sentence(key)}")


@common.command("revoke")
@click.argument("name")
def revoke(console: Console, name: str) -> None:
    """Revoke the key called NAME, or with this id, for good."""
    key = _keys(console).revoke(name)
    if console.json:
        console.print_json({"revoked": key.name, "id": key.id})
    else:
        console.print(f"revoked {key.name}")


for _each in (add, list_, revoke):
    command.add_command(_each)


def _keys(console: Console) -> KeyStore:
    return KeyStore(console.settings.keys)


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "id": key.id,
        "scopes": list(key.scopes),
        "created": key.created,
        "expires": key.expires,
        "expired": key.expired,
    }


def _sentence(key: ApiKey) -> str:
    ends = "expires" if not key.expired else "expired"
    return (
        f"It allows {', '.join(key.scopes)} and {'never expires' if key.expires is None else f'{ends} {key.expires}'}."
    )
