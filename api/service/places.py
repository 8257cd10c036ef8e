"""Takes the folders of this machine out of what others get to read."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import resources
from pathlib import Path, PurePath

from clew.api.model_settings import REMOTE
from clew.api.settings import Settings


class KnownFolders:
    """The folders that messages may name: a path below one is shown from there on only.

    Messages of errors are for the operator, who sees them whole on the command line and in the log; of what REST
    returns, a client must not learn where on this machine anything lies.
    """

    def __init__(self, settings: Settings) -> None:
        folders = {settings.home: "CLEW_HOME", Path(str(resources.files("clew"))): "clew"}
        if settings.of_model.examples is not None:
            folders[settings.of_model.examples.absolute().parent] = ""
        if settings.ingest_folder is not None:
            folders[settings.ingest_folder] = ""
        if PurePath(settings.model).is_absolute():
            folders[Path(settings.model).parent] = ""
        with suppress(RuntimeError):  # a user without a home
            folders.setdefault(Path.home(), "~")
        known = {str(path): shown for folder, shown in folders.items() for path in (folder, folder.resolve())}
        self._shown = {path: shown for path, shown in known.items() if len(PurePath(path).parts) > 1}
        longest = sorted(self._shown, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![\w/.:-])({'|'.join(map(re.escape, longest))})(/|(?![\w.-]))")

    def hidden(self, text: str) -> str:
        """Return a text without these folders."""
        return self._pattern.sub(self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        shown = self._shown[match.group(1)]
        return shown + match.group(2) if shown else ""

    def model(self, name: str) -> str:
        """Return the name of a model: of a folder, its last part."""
        return name if name.startswith(REMOTE) or not PurePath(name).is_absolute() else PurePath(name).name
