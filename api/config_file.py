"""The configuration file: settings that need not be repeated, as TOML. Environment variables go before them."""

from __future__ import annotations

import stat
import tomllib
from collections import ChainMap
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from clew.kg.errors import BadInput

NAMES = (
    "home", "graph", "model", "device", "threshold", "workers", "processes", "ask_seconds", "history", "history_days",
    "ingest", "ingest_from", "require_key", "api_key", "guide", "layout", "reasoning", "shaping", "shaping_weight",
    "examples", "search", "score", "evidence", "dtype", "attention", "quantisation",
)  # fmt: skip
"""What the file may set: the names of environment variables without ``CLEW_``, in lower case."""
_PATHS = ("home", "ingest_from", "examples")


def config_path(env: Mapping[str, str]) -> Path:
    """Return where the file is, if there is one: ``CLEW_CONFIG``, else in the user's folder of configurations."""
    if env.get("CLEW_CONFIG"):
        return Path(env["CLEW_CONFIG"]).expanduser()
    from platformdirs import user_config_path

    return user_config_path("clew", appauthor=False) / "config.toml"


def configured(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return environment variables, those of the file behind them.

    Raises ``BadInput`` for a file that is named and is not there, cannot be read, or sets what is no setting.
    """
    file = config_path(env)
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if env.get("CLEW_CONFIG"):
            raise BadInput(f"CLEW_CONFIG names {str(file)!r}, and there is no such file") from None
        return env
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"the configuration {file} cannot be read: {error}") from None
    if "api_key" in values and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        raise BadInput(f"the configuration {file} holds an API key, and others can read it: chmod 600 {file}")
    return ChainMap(dict(env), {_variable(file, name): _text(file, name, value) for name, value in values.items()})


def _variable(file: Path, name: str) -> str:
    if name not in NAMES:
        similar = get_close_matches(name, NAMES, n=1)
        hint = f"; did you mean {similar[0]}?" if similar else f"; settings: {', '.join(NAMES)}"
        raise BadInput(f"the configuration {file} sets {name!r}, which is no setting{hint}")
    return f"CLEW_{name.upper()}"


def _text(file: Path, name: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, str | int | float):
        raise BadInput(f"the configuration {file} sets {name} to {value!r}: write a text, a number, true or false")
    if name in _PATHS:
        return str(file.parent / Path(str(value)).expanduser())
    return str(value)
