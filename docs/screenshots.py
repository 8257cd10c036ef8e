"""Makes the pictures of the page in docs/images: make screenshots.

They are of the demo graph with the model that comes with Clew, in a browser of this machine.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

from clew.api.schema.request import AskRequest
from clew.api.service.demo import DEMO_QUESTION, ensure_demo
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.store.catalogue import Catalogue
from tests.browser.server import Visitor, browsing, served
from tests.browser.tools import missing

IMAGES = Path(__file__).parent / "images"
MOST_BYTES = 150_000
DESKTOP, PHONE = (1100, 720), (375, 720)


def nothing(page: Any) -> None:
    """Show the result as it is."""


def provenance(page: Any) -> None:
    """Show where an edge comes from."""
    page.locator("section.proof svg").get_by_role("button", name=re.compile("The Milkmaid — on display at")).click()
    page.get_by_text("looked up again").wait_for()


def card(page: Any) -> None:
    """Show the card of an answer."""
    page.get_by_role("button", name="About Rijksmuseum").click()
    page.locator(".relations li").first.wait_for()


PICTURES: dict[str, tuple[str, tuple[int, int], str, Callable[[Any], None]]] = {
    "page": (DEMO_QUESTION, DESKTOP, "light", provenance),
    "page-dark": (DEMO_QUESTION, DESKTOP, "dark", card),
    "page-phone": (DEMO_QUESTION, PHONE, "light", nothing),
    "page-phone-dark": ("What is the longest river in Africa?", PHONE, "dark", nothing),
    "page-program": ("Which films by Stanley Kubrick were released after 1965?", DESKTOP, "light", nothing),
    "page-table": ("List the countries of South America with their capital and currency.", DESKTOP, "light", nothing),
    "page-declined": ("How tall is the Eiffel Tower?", DESKTOP, "light", nothing),
    "page-ambiguous": ("What is the capital of Georgia?", PHONE, "light", nothing),
}


def picture(visitor: Visitor, name: str) -> None:
    """Make a picture, with a palette where pngquant is there. Raises ``SystemExit`` if it is too large."""
    question, size, scheme, prepare = PICTURES[name]
    page = visitor.open("?" + urlencode({"graph": "demo", "question": question}), size=size, color_scheme=scheme)
    page.locator("section.answer").wait_for()
    page.wait_for_timeout(500)
    prepare(page)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(300)
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file, full_page=prepare is not card)
    if found := shutil.which("pngquant"):
        subprocess.run([found, "--force", "--ext", ".png", "--skip-if-larger", "64", str(file)], check=False)
    if file.stat().st_size > MOST_BYTES:
        sys.exit(f"{file} has {file.stat().st_size:,} bytes; at most {MOST_BYTES:,} are allowed")


if __name__ == "__main__":
    if missing():
        sys.exit(missing())
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        ensure_demo(Catalogue(home))
        service = Service(Settings(home=home))
        for question, *_ in PICTURES.values():
            service.ask("demo", AskRequest(question=question))  # the first of a kind takes longer
        with served(service) as address, browsing() as browser:
            visitor = Visitor(browser, address)
            for name in PICTURES:
                picture(visitor, name)
            visitor.close()
        service.close()
