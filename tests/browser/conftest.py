"""A browser, and servers: one with the demo graph and its model, others with small graphs and a reasoner without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clew.api.service.demo import ensure_demo
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.store.catalogue import Catalogue
from tests.api.conftest import EVIL, TRIPLES, WordParts, _publish
from tests.browser.server import Visitor, browsing, served
from tests.browser.tools import axe, missing


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if missing():
        pytest.skip(missing())
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: object) -> Iterator[str]:
    home = tmp_path_factory.mktemp("demo") / "home"
    ensure_demo(Catalogue(home))
    service = Service(Settings(home=home))
    with served(service) as address:
        yield address
    service.close()


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("small") / "home"
    _publish(home)
    hostile = [*TRIPLES, ("Inception", "directed_by", "evil"), ("evil", "born_in", "Tom Hardy")]
    _publish(home, "hostile", hostile, {"evil": EVIL})
    return home


@pytest.fixture(scope="module")
def small(small_home: Path, browser: object) -> Iterator[str]:
    service = Service(Settings(home=small_home), WordParts())
    with served(service) as address:
        yield address
    service.close()


@pytest.fixture(scope="module")
def locked(small_home: Path, browser: object) -> Iterator[tuple[str, Service]]:
    service = Service(Settings(home=small_home, require_key=True), WordParts())
    with served(service) as address:
        yield address, service
    service.close()


@pytest.fixture
def visitor(browser: object, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Of the server that the module's ``SERVER`` names. A page that complains fails its test."""
    served_at = request.getfixturevalue(request.module.SERVER)
    visitor = Visitor(browser, served_at if isinstance(served_at, str) else served_at[0])
    yield visitor
    visitor.close()
    assert not visitor.complaints


@pytest.fixture(scope="session")
def axe_core() -> str:
    if not axe().is_file():
        pytest.skip("needs axe-core: make browser installs it")
    return axe().read_text(encoding="utf-8")
