"""The page in a browser, on small graphs with a reasoner without weights: labels that would act on it, and keys."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from clew.api.service.service import Service
from clew.api.settings import Settings
from tests.api.conftest import WordParts
from tests.browser.server import Visitor, served

SERVER = "small"
SPELLED = "<img src=x onerror=alert(1)>\\u202egnp\\u001b[31m"
ASKED = "?graph=films&question=Who+directed+Inception"


GEOMETRY = (Path(__file__).parent / "geometry.js").read_text(encoding="utf-8")
CLEAN = """() => {
  const unsafe = /[\\u202e\\u001b]/, all = [...document.querySelectorAll("*")];
  const attributes = all.flatMap((one) => [...one.attributes].map((attribute) => attribute.value));
  return ![document.body.innerText, document.title, ...attributes].some((text) => unsafe.test(text));
}"""


def inert(page: Any) -> None:
    assert page.locator("main img, dialog img, svg image, script:not([src])").count() == 0
    assert page.evaluate(CLEAN)


def test_labels_do_nothing(visitor: Any) -> None:
    page = visitor.open("?graph=hostile&question=Who+directed+Inception")
    page.locator(".answers", has_text="onerror").wait_for()
    assert SPELLED in page.locator(".answers .name").all_inner_texts()
    inert(page)
    page.get_by_role("button", name=SPELLED, exact=True).first.click()
    assert SPELLED in page.locator(".proof h2").inner_text()
    page.locator(".proof svg").get_by_role("button", name=re.compile("directed by")).click()
    page.get_by_text("looked up again").wait_for()
    inert(page)
    page.get_by_role("button", name=re.compile("^About <img")).click()
    page.locator(".relations li").first.wait_for()
    inert(page)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Find an entity").fill("img")
    page.locator(".find-field .options li").first.wait_for()
    inert(page)


def test_questions_do_nothing(visitor: Any) -> None:
    page = visitor.open("?graph=films&question=%3Cscript%3Ealert(1)%3C%2Fscript%3E+%E2%80%AE+directed+Inception")
    page.locator("section.answer").wait_for()
    inert(page)
    assert "<script>" in page.locator(".asked").inner_text()


def test_a_key_is_asked_for_and_stays_out_of_the_address(browser: Any, locked: tuple[str, Service]) -> None:
    address, service = locked
    _, right = service.keys.add("page", ("ask", "read"))
    visitor = Visitor(browser, address)
    page = visitor.open(ASKED)
    dialog = page.get_by_role("dialog", name="API key")
    dialog.get_by_label("Key").fill("clew_000000000000_wrong")
    page.keyboard.press("Enter")
    dialog.get_by_text("This key is not valid").wait_for()
    dialog.get_by_label("Key").fill(right)
    dialog.get_by_role("button", name="Use", exact=True).click()
    page.locator(".answers", has_text="Christopher Nolan").wait_for()
    assert right not in page.url + page.content()
    page.reload()
    page.locator(".answers").wait_for()
    page.get_by_role("button", name="API key").click()
    dialog.get_by_role("button", name="Forget the key").click()
    page.wait_for_function("sessionStorage.getItem('clew-key') === null")
    visitor.forgive("401")
    assert not visitor.complaints
    visitor.close()


def test_a_key_that_may_not_ask_is_said_in_words(browser: Any, locked: tuple[str, Service]) -> None:
    address, service = locked
    _, reading = service.keys.add("reading", ("read",))
    _, asking = service.keys.add("asking", ("ask", "read:films"))
    visitor = Visitor(browser, address)
    page = visitor.open(ASKED)
    dialog = page.get_by_role("dialog", name="API key")
    dialog.get_by_label("Key").fill(reading)
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("Your API key does not allow this").wait_for()
    page.get_by_role("button", name="Use another key").click()
    dialog.get_by_label("Key").fill(asking)
    page.keyboard.press("Enter")
    page.locator(".answers").wait_for()
    page.reload()
    page.locator(".answers").wait_for()
    assert page.locator("#graph option").all_inner_texts() == ["films"]
    visitor.forgive("401")
    visitor.forgive("403")
    assert not visitor.complaints
    visitor.close()


def test_without_a_graph_the_page_says_how_to_load_one(browser: Any, tmp_path: Path) -> None:
    service = Service(Settings(home=tmp_path / "home"), WordParts())
    with served(service) as address:
        visitor = Visitor(browser, address)
        page = visitor.open()
        page.get_by_role("heading", name="There is no graph yet").wait_for()
        assert "clew ingest" in page.locator("main").inner_text()
        visitor.close()
        assert not visitor.complaints
    service.close()


def test_a_question_to_an_unknown_graph_is_not_asked_of_another(visitor: Any) -> None:
    page = visitor.open("?graph=nowhere&question=Who+directed+Inception")
    page.get_by_role("alert").get_by_text("There is no graph “nowhere” here").wait_for()
    assert not page.locator("#result").is_visible()


@pytest.mark.parametrize("graph", ["films", "hostile"])
def test_examples_of_any_graph_can_be_asked(visitor: Any, graph: str) -> None:
    page = visitor.open(f"?graph={graph}")
    page.locator("#example-list button").first.wait_for()
    for text in page.locator("#example-list button").all_inner_texts():
        assert re.fullmatch(r"(What|Who|Which) .*\?", text)


LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, founded in the year "


def long_result(answers: int, hops: int) -> dict[str, Any]:
    """A result with many answers, long proofs, and names that are longer than a phone is wide."""
    start, paths, found = {"key": "start", "label": LONG, "kind": "entity"}, [], []
    relations = [
        {"key": f"r{i}", "label": f"{LONG}{i}", "direction": ("forward", "inverse")[i % 2]} for i in range(hops)
    ]
    for i in range(answers):
        nodes = [start, *({"key": f"{i} {j}", "label": f"{LONG}{i} {j}", "kind": "entity"} for j in range(hops))]
        paths.append({"id": f"p{i}", "text": LONG, "nodes": nodes, "relations": relations, "score": 0.5})
        found.append(nodes[-1] | {"score": 0.5, "paths": [f"p{i}"]})
    empty: dict[str, Any] = {name: [] for name in ("linked", "unread", "ambiguous", "corrected", "suggestions")}
    return empty | {
        "question": LONG, "graph": "films", "version": "0", "status": "answered", "answers": found, "paths": paths,
        "confidence": 0.5, "reason": None, "reading": LONG, "alternatives": [], "model": "words", "timings": {},
    }  # fmt: skip


def answer_with(event: str, route: Any) -> None:
    route.fulfill(content_type="text/event-stream", body=event)


@pytest.mark.parametrize("size", [(320, 640), (1200, 800)])
def test_long_names_many_answers_and_long_proofs_fit(visitor: Any, size: tuple[int, int]) -> None:
    for answers, hops in [(40, 1), (3, 6)]:
        page = visitor.open(size=size)
        event = f"event: done\ndata: {json.dumps(long_result(answers, hops))}\n\n"
        page.route("**/ask", partial(answer_with, event))
        page.get_by_role("textbox", name="Question").fill("Why?")
        page.get_by_role("button", name="Ask", exact=True).click()
        page.locator("section.answer").wait_for()
        page.wait_for_timeout(100)  # drawn for its width
        found = page.evaluate(GEOMETRY)
        assert found.pop("boxes") > 2 * min(hops, 3)
        assert found == {"wide": False, "outside": [], "collisions": 0, "cut": [], "small": []}
        if answers == 40:
            page.get_by_role("button", name="Show all 40").click()
            assert page.locator(".answers li").count() == 40
