"""Settings: options take precedence over environment variables, those over the configuration file, and that over
defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from clew.api import model_settings
from clew.api.config_file import configured
from clew.api.model_settings import ModelChoice, ModelSettings, ReasoningMode
from clew.kg import limits
from clew.kg.errors import BadInput

EMBEDDED = "embedded"
"""The name of the model that comes with Clew; any other is a Hugging Face hub id, a folder, or one of a remote engine
(``openai:ADDRESS#MODEL``)."""


BOUNDS = {"threshold": (0.0, 1.0), "ask_seconds": (0.01, 3600.0)}
"""The least and the greatest value of settings that are numbers."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of an operator. Constant limits are in ``clew.kg.limits``.

    ``threshold``: questions that score below it are declined; see ``clew.decoding.answers.abstain``. None: the
    default for the model. ``workers``: number of questions computed at the same time. ``processes``: number
    of processes that answer the questions of a crowd, the server's own included. ``device``: device of a
    Hugging Face model (``cpu``, ``cuda``, ``cuda:0``); None: a GPU, if there is one. ``keep_history``: store
    answers, for ``history_days``. ``ingest``: whether clients of a server may change its graphs. ``ingest_folder``:
    the folder whose files they may load; None: only files that they send. ``require_key``: whether they need an API
    key. ``graph``: the one that is meant where none is named; None: the only one. ``fallback``: the model that is asked
    where the embedded one is too unsure to answer; None: none. ``of_model``: settings of models other than the embedded
    one.
    """

    home: Path
    model: str = EMBEDDED
    device: str | None = None
    threshold: float | None = None
    workers: int = 2
    processes: int = 1
    waiting: int = limits.MAX_WAITING
    ask_seconds: float = limits.ASK_SECONDS
    keep_history: bool = True
    history_days: float = limits.HISTORY_DAYS
    ingest: bool = False
    ingest_folder: Path | None = None
    require_key: bool = False
    graph: str | None = None
    fallback: str | None = None
    of_model: ModelSettings = field(default_factory=ModelSettings)

    def __post_init__(self) -> None:
        if self.fallback is not None and self.model != EMBEDDED:
            raise BadInput(f"CLEW_FALLBACK stands behind the embedded model; set CLEW_MODEL={EMBEDDED}")
        if self.fallback is not None and self.of_model.reasoning is ReasoningMode.JUDGE:
            raise BadInput("a judge is no surer than the embedded model: set CLEW_REASONING=paths or chains")
        if self.fallback == EMBEDDED:
            raise BadInput("CLEW_FALLBACK must name another model than the embedded one")

    @property
    def history(self) -> Path:
        """The database of stored answers."""
        return self.home / "answers.sqlite3"

    @property
    def keys(self) -> Path:
        """The file of API keys."""
        return self.home / "keys.json"

    def recording(self, keep: bool) -> Settings:
        """Return these settings; unless ``keep``, no answer is stored."""
        return self if keep else replace(self, keep_history=False)

    def of(self, choice: ModelChoice) -> Settings:
        """Return these settings with the chosen model and options; another model than the embedded one, chosen, needs
        no fallback. Raises ``BadInput`` for an invalid combination."""
        model = choice.model or self.model
        fallback = choice.fallback or (self.fallback if model == EMBEDDED else None)
        return replace(self, model=model, fallback=fallback, of_model=choice.on(self.of_model))


def load(home: Path | None = None, model: str | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings. Raises ``BadInput`` for an environment variable that cannot be read.

    ``CLEW_HOME``, ``CLEW_MODEL``, ``CLEW_FALLBACK``, ``CLEW_DEVICE``, ``CLEW_THRESHOLD``, ``CLEW_WORKERS``,
    ``CLEW_PROCESSES``, ``CLEW_ASK_SECONDS``, ``CLEW_GRAPH``, ``CLEW_CONFIG``, ``CLEW_HISTORY``, ``CLEW_HISTORY_DAYS``,
    ``CLEW_INGEST``, ``CLEW_INGEST_FROM``, ``CLEW_REQUIRE_KEY``, and those of ``clew.api.model_settings``.
    """
    env = configured(env)
    threshold = env.get("CLEW_THRESHOLD")
    return Settings(
        home=(home or _home(env)).expanduser().absolute(),
        model=model or env.get("CLEW_MODEL") or EMBEDDED,
        device=env.get("CLEW_DEVICE") or None,
        threshold=None if not threshold else _number(env, "CLEW_THRESHOLD", *BOUNDS["threshold"]),
        workers=int(_number(env, "CLEW_WORKERS", 1, 1024, min(4, os.cpu_count() or 1))),
        processes=int(_number(env, "CLEW_PROCESSES", 1, 1024, min(limits.MAX_PROCESSES, os.cpu_count() or 1))),
        ask_seconds=_number(env, "CLEW_ASK_SECONDS", *BOUNDS["ask_seconds"], default=limits.ASK_SECONDS),
        keep_history=_switch(env, "CLEW_HISTORY"),
        history_days=_number(env, "CLEW_HISTORY_DAYS", 0.01, 36_500, limits.HISTORY_DAYS),
        ingest=_switch(env, "CLEW_INGEST", "off"),
        ingest_folder=Path(env["CLEW_INGEST_FROM"]).absolute() if env.get("CLEW_INGEST_FROM") else None,
        require_key=_switch(env, "CLEW_REQUIRE_KEY", "off"),
        graph=env.get("CLEW_GRAPH") or None,
        fallback=env.get("CLEW_FALLBACK") or None,
        of_model=model_settings.load(env),
    )


def _home(env: Mapping[str, str]) -> Path:
    """Return ``CLEW_HOME``, or the folder in which this system keeps a user's data."""
    if env.get("CLEW_HOME"):
        return Path(env["CLEW_HOME"])
    from platformdirs import user_data_path

    return user_data_path("clew", appauthor=False)


def between(name: str, value: object, low: float, high: float, given: object = None) -> float:
    """Return a number that lies between two others; NaN and truth values do not.

    Raises ``BadInput``, which shows the value as it was ``given``.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        shown = value if given is None else given
        raise BadInput(f"{name} must be a number from {low:g} to {high:g}, not {shown!r}")
    return value


def make_home(home: Path) -> None:
    """Create the folder that holds graphs and stored answers, for its owner only; one that exists stays as it is."""
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # by another process; what is no folder is told where it is used
            home.mkdir(mode=0o700)


def _switch(env: Mapping[str, str], name: str, default: str = "on") -> bool:
    text = env.get(name) or default
    if text not in ("on", "off"):
        raise BadInput(f"{name} must be on or off, not {text!r}")
    return text == "on"


def _number(env: Mapping[str, str], name: str, low: float, high: float, default: float = 0.0) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    return between(name, value, low, high, text)
