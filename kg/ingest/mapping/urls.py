"""Addresses of databases, and how they are shown: never with a password."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from clew.kg.errors import BadInput

PASSWORD_VARIABLE = "CLEW_DATABASE_PASSWORD"
"""The environment variable with the password of an address that has none."""
_DATABASE = re.compile(r"([a-z][a-z0-9]*)(\+[a-z0-9_]+)?://", re.IGNORECASE)
_NO_DATABASES = {"http", "https", "file", "ftp", "sftp", "s3", "gs"}
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql",
            "mariadb": "mariadb+pymysql"}  # fmt: skip
_FILES = "sqlite:///"
_SECRET = re.compile("pass|pwd|secret|token|key", re.IGNORECASE)


def is_database_url(source: str) -> bool:
    """Whether an input is the address of a database and not a file."""
    found = _DATABASE.match(source)
    return found is not None and found[1].lower() not in _NO_DATABASES


def shown(url: str) -> str:
    """An address as it is shown and stored: without its password and its parameters."""
    parts = _split(url)
    user = f"{unquote(parts.username)}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def hide(sources: Iterable[str | os.PathLike[str]]) -> tuple[list[str], dict[str, str]]:
    """The sources as they are shown, and the full address of each that is one. An SQLite address is its file."""
    names: list[str] = []
    secrets: dict[str, str] = {}
    for source in [os.fspath(given) for given in sources]:
        if not is_database_url(source):
            names.append(source)
        elif source.startswith(_FILES):
            names.append(unquote(source.removeprefix(_FILES).split("?")[0]))
        else:
            name = shown(source)
            if secrets.get(name, source) != source:
                raise BadInput(f"{name} is given twice, with different parameters")
            secrets[name] = source
            names.append(name)
    return names, secrets


def with_driver(url: str) -> str:
    """An address with the driver that Clew's extra brings, where it names none."""
    scheme, rest = url.split("://", 1)
    return f"{_DRIVERS.get(scheme.lower(), scheme)}://{rest}"


def password_of(url: str) -> str | None:
    """The password of an address, else that of the environment."""
    given = _split(url).password
    return unquote(given) if given is not None else os.environ.get(PASSWORD_VARIABLE)


def hosts(urls: Iterable[str]) -> list[tuple[str, int | None]]:
    """The host and port of each address; an empty host is this machine."""
    return [(parts.hostname or "localhost", parts.port) for parts in map(_split, urls)]


def scrub(text: str, url: str) -> str:
    """A message of a driver, on one line, without the password of an address."""
    line = " ".join(text.split())
    parameters = [value for name, value in parse_qsl(_split(url).query) if _SECRET.search(name)]
    for secret in (url, password_of(url), _split(url).password, *parameters):
        line = line.replace(secret, "***") if secret else line
    return line


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
        return parts
    except ValueError as error:
        raise BadInput("a database's address is not a URL: scheme://user:password@host:port/database") from error
