"""The Ray Serve application: replicas of the server over one shared, read-only home.

    serve run clew.api.scale.app:application home=/srv/clew max_replicas=8

Each replica is the application of ``clew serve``, with its batching of questions that arrive together; Ray routes
requests, and adds and removes replicas by how many requests they have.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew.api import settings
from clew.api.settings import Settings
from clew.api.telemetry.export import traced
from clew.kg import limits
from clew.kg.errors import BadInput, ModelUnavailable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_FLAGS = {"true": True, "on": True, "false": False, "off": False}


@dataclass(frozen=True, slots=True)
class ScaleOptions:
    """How many replicas there are. ``target``: requests that each is to have on average; ``cpus``: cores that each is
    given, which is also how many questions it computes at a time; ``gpus``: for models of Hugging Face."""

    min_replicas: int = 1
    max_replicas: int = 4
    target: int = 4
    cpus: int = 2
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.min_replicas <= self.max_replicas <= limits.MAX_REPLICAS:
            raise BadInput(f"replicas: 1 <= min_replicas <= max_replicas <= {limits.MAX_REPLICAS}")
        if self.target < 1 or self.cpus < 1 or self.gpus < 0:
            raise BadInput("target and cpus are at least 1, gpus at least 0")


def application(arguments: Mapping[str, str]) -> Any:
    """Return the application for ``serve run``. Arguments: ``home``, ``model``, ``require_key`` (default: true, since
    Ray's proxy may be reached by other machines), and the fields of ``ScaleOptions``.

    Raises ``BadInput`` for others, and where a key is required and there is none; ``ModelUnavailable`` without Ray.
    """
    try:
        from ray import serve
    except ImportError as error:
        raise ModelUnavailable("Ray is not installed: pip install 'clew[serve-scale]'") from error
    wanted, options = _settings(arguments), _options(arguments)

    def build() -> ASGIApp:  # Ray takes a function for what builds an application, and any other callable for one
        return replica_app(wanted)

    replica = serve.ingress(build)(_Replica)
    deployment = serve.deployment(replica, name="clew").options(
        max_ongoing_requests=options.cpus + wanted.waiting,
        ray_actor_options={"num_cpus": options.cpus, "num_gpus": options.gpus},
        autoscaling_config={
            "min_replicas": options.min_replicas,
            "max_replicas": options.max_replicas,
            "target_ongoing_requests": options.target,
        },
        graceful_shutdown_timeout_s=limits.DRAIN_SECONDS,
    )
    return deployment.bind()


class _Replica:
    """What Ray makes a replica of; the application is its ingress."""


def replica_app(wanted: Settings) -> ASGIApp:
    """Return the application of one replica, once its model and graphs are loaded: then Ray sends it requests."""
    from clew.api.rest.app import create_app
    from clew.api.schema.problems import NotReady
    from clew.api.service.service import Service
    from clew.api.threads import return_memory_regularly, set_threads, take_short_turns

    set_threads(wanted.model)
    take_short_turns()
    return_memory_regularly()
    service = Service(wanted)
    app = create_app(service)
    service.warm_up.begin()
    until = time.monotonic() + limits.REPLICA_START_SECONDS
    while time.monotonic() < until:
        try:
            service.warm_up.check()
            break
        except NotReady:
            time.sleep(limits.LOOK_SECONDS)
    return traced(app)


def _settings(arguments: Mapping[str, str]) -> Settings:
    """Return the settings of every replica: nothing is stored, since they share a home that none writes to."""
    unknown = arguments.keys() - {"home", "model", "require_key", *(field.name for field in fields(ScaleOptions))}
    if unknown:
        raise BadInput(f"there is no argument {sorted(unknown)[0]!r}")
    home = Path(arguments["home"]) if "home" in arguments else None
    required = _FLAGS.get(str(arguments.get("require_key", "true")).lower())
    if required is None:
        raise BadInput(f"require_key must be true or false, not {arguments['require_key']!r}")
    workers = _options(arguments).cpus
    found = replace(settings.load(home, arguments.get("model")).recording(False), require_key=required, workers=workers)
    if required:
        from clew.api.service.keys import KeyStore

        if not KeyStore(found.keys).usable:
            raise BadInput("require_key=true needs an API key that is valid; make one with: clew keys add NAME")
    return found


def _options(arguments: Mapping[str, str]) -> ScaleOptions:
    kinds: dict[str, Any] = {field.name: float if field.name == "gpus" else int for field in fields(ScaleOptions)}
    try:
        return ScaleOptions(**{name: kinds[name](text) for name, text in arguments.items() if name in kinds})
    except ValueError as error:
        raise BadInput(f"a number of replicas, requests or cores cannot be read: {error}") from None
