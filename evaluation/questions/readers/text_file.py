"""Lines of a text file, with clear errors for files that are not text."""

from __future__ import annotations

from pathlib import Path

from clew.kg.errors import BadFile, BadLine


def first_line(path: Path) -> str:
    """Return the first line that is not blank, decoded as well as may be; empty for none. Raises ``BadFile``."""
    try:
        with path.open("rb") as stream:
            for line in stream:
                if line.strip():
                    return line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except IsADirectoryError:
        raise BadFile(f"{path}: is a folder, not a file") from None
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    return ""


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Return the non-blank lines with their numbers (1-based). Raises ``BadFile`` or ``BadLine``."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except IsADirectoryError:
        raise BadFile(f"{path}: is a folder, not a file") from None
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    if b"\0" in data:
        raise BadFile(f"{path}: looks like a binary file (it contains NUL bytes)")
    lines = []
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            line = raw.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError:
            raise BadLine(str(path), number, "not UTF-8") from None
        if line.strip():
            lines.append((number, line))
    return lines
