"""The page in a browser, on the demo graph with the model that comes with Clew. One file: its server starts once."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from clew.api.service.demo import DEMO_EXAMPLES, DEMO_QUESTION

SERVER = "demo"
PHONE, DESKTOP = (360, 740), (1200, 800)
PROGRAM = "Which films by Stanley Kubrick were released after 1965?"
TABLE = "How many films did each director make?"
MANY = "Which people were born in London?"
DECLINED = "How tall is the Eiffel Tower?"
AMBIGUOUS = "What is the capital of Georgia?"
QUESTIONS = (DEMO_QUESTION, PROGRAM, TABLE, MANY, DECLINED, AMBIGUOUS)


def about(question: str) -> str:
    return "?" + urlencode({"graph": "demo", "question": question})


def answered(page: Any) -> None:
    page.locator("section.answer").wait_for()
    page.locator(".spinner").wait_for(state="detached")


def ask(page: Any, question: str) -> None:
    page.get_by_role("textbox", name="Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    answered(page)


def names(page: Any) -> list[str]:
    return page.locator(".answers .name").all_inner_texts()


def test_a_question_its_reading_answers_proof_and_provenance(visitor: Any) -> None:
    page = visitor.open()
    ask(page, DEMO_QUESTION)
    assert "museums that" in page.locator(".read").inner_text()
    assert page.locator(".asked mark").inner_text() == "Johannes Vermeer"
    assert names(page) == ["Louvre", "Mauritshuis", "Rijksmuseum"]
    drawing = page.locator(".proof svg")
    assert set(drawing.locator(".answer text").all_text_contents()) == set(names(page))
    drawing.get_by_role("button", name=re.compile(r"The Milkmaid — on display at → Rijksmuseum")).click()
    panel = page.locator(".proof .selection")
    panel.get_by_text("looked up again").wait_for()
    assert re.search(r"Stated in \w+\.ttl:\d+", panel.inner_text())
    page.get_by_role("button", name="Mauritshuis", exact=True).first.click()
    assert page.locator(".proof h2").inner_text() == "Proof: Mauritshuis"
    assert set(page.locator(".proof svg .answer text").all_text_contents()) == {"Mauritshuis"}


def test_a_node_is_expanded_and_its_card_asks_on(visitor: Any) -> None:
    page = visitor.open(about(DEMO_QUESTION))
    answered(page)
    page.locator(".proof svg").get_by_role("button", name="Louvre", exact=True).click()
    page.get_by_role("button", name="Draw what is around it").click()
    page.locator(".proof svg .around").first.wait_for()
    assert "not part of the proof" in page.locator(".proof .selection").inner_text()
    page.get_by_role("button", name="Show everything about it").click()
    card = page.get_by_role("dialog", name="Louvre")
    assert "museum" in card.locator(".classes").inner_text()
    card.get_by_role("button", name="Paris", exact=True).click()
    page.get_by_role("dialog", name="Paris").get_by_role("button", name="Back").click()
    card.get_by_role("button", name=re.compile("^located in")).click()
    answered(page)
    assert "Louvre" in page.get_by_role("textbox", name="Question").input_value()
    assert names(page) == ["Paris"]


def test_an_ambiguous_name_is_chosen_and_back_returns(visitor: Any) -> None:
    page = visitor.open()
    ask(page, AMBIGUOUS)
    assert page.locator("h2").first.inner_text() == "Ambiguous name"
    page.locator(".choice", has_text="country").click()
    answered(page)
    assert names(page) == ["Tbilisi"]
    assert "topic=" in page.url
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/" in request.url else None)
    page.go_back()
    page.locator(".choice", has_text="state or region").wait_for()
    page.go_forward()
    page.locator(".answers", has_text="Tbilisi").wait_for()
    assert not asked  # both answers were kept
    page.go_back()
    page.go_back()
    page.locator("#examples").wait_for()


def test_a_declined_question_strikes_out_and_leads_on(visitor: Any) -> None:
    page = visitor.open(about(DECLINED))
    answered(page)
    assert page.locator(".asked s").inner_text().startswith("tall")
    offered = page.locator(".next .choice").first
    question = offered.inner_text()
    offered.click()
    page.locator(".badge.good").wait_for()
    assert page.get_by_role("textbox", name="Question").input_value() == question
    assert names(page)
    page.get_by_text("Earlier questions").click()
    assert page.locator("#earlier-list button").all_inner_texts() == [question, DECLINED]
    ask(page, "What does Vinzent van Gogg own?")
    page.locator(".next .choice").first.wait_for()


def test_a_program_as_a_tree(visitor: Any) -> None:
    page = visitor.open(about(PROGRAM))
    answered(page)
    boxes = page.locator(".proof svg g[role=button]")
    assert boxes.count() == 4
    assert boxes.nth(0).locator("text").first.text_content() == "Stanley Kubrick"
    boxes.nth(3).click()
    page.locator(".proof .selection table").wait_for()
    assert ".ttl:" in page.locator(".proof .selection table").inner_text()


def test_a_table_is_sorted_and_downloaded(visitor: Any, tmp_path: Path) -> None:
    page = visitor.open(about(TABLE))
    answered(page)
    table = page.locator(".rows table")
    assert table.locator("tbody tr").count() == 25
    table.get_by_role("button", name="director").click()
    first = table.locator("tbody td").first.inner_text()
    page.get_by_role("button", name=re.compile("^Show .* more")).click()
    shown = [row.split("\t") for row in table.locator("tbody tr").all_inner_texts()]
    assert len(shown) > 25
    assert sorted(shown)[0][0] == first
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    saved.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        assert sorted(list(csv.reader(file))[1:]) == sorted(shown)


def test_every_example_is_answered(visitor: Any) -> None:
    page = visitor.open()
    page.locator("#example-list button").first.wait_for()
    assert page.locator("#example-list button").all_inner_texts() == list(DEMO_EXAMPLES)
    for example in DEMO_EXAMPLES:
        page.get_by_role("link", name="Clew").click()
        page.get_by_role("button", name=example).click()
        page.locator(".badge.good").wait_for()


def test_an_entity_is_found_while_its_name_is_typed(visitor: Any) -> None:
    page = visitor.open()
    find = page.get_by_role("combobox", name="Find an entity")
    find.press_sequentially("marie cu")
    page.get_by_role("option", name=re.compile("Marie Curie")).wait_for()
    find.press("ArrowDown")
    assert page.locator('[role=option][aria-selected="true"]').inner_text().startswith("Marie Curie")
    find.press("Enter")
    page.get_by_role("dialog", name="Marie Curie").get_by_role("button", name=re.compile("^place of birth")).wait_for()
    page.keyboard.press("Escape")
    assert find.evaluate("field => field === document.activeElement")


def test_conditions_hold_and_are_in_the_link(visitor: Any) -> None:
    page = visitor.open()
    page.get_by_text("Options and conditions").click()
    page.get_by_role("combobox", name="None of these relations").fill("on displ")
    page.get_by_role("option", name=re.compile("on display at")).click()
    page.get_by_label("Longest path").select_option("2")
    ask(page, DEMO_QUESTION)
    assert "Rijksmuseum" not in names(page)
    again = visitor.open(page.url.removeprefix(visitor.address))
    answered(again)
    assert names(again) == names(page)
    assert (
        again.locator(".read", has_text="Conditions").inner_text().endswith("without collection; paths of 1 to 2 hops")
    )
    assert again.locator(".chips li", has_text="rel/collection").count() == 1
    again.get_by_role("button", name=re.compile("^Remove")).click()
    again.get_by_role("button", name="Ask", exact=True).click()
    again.locator(".answers", has_text="Rijksmuseum").wait_for()


def test_what_is_copied_asks_the_same(visitor: Any) -> None:
    page = visitor.open(about(DEMO_QUESTION), permissions=["clipboard-read", "clipboard-write"])
    answered(page)
    copied = {}
    for form in ("link", "JSON", "curl", "Python", "SPARQL"):
        page.get_by_role("button", name=form, exact=True).click()
        page.get_by_text(f"Copied: {form}.").wait_for(state="attached")
        copied[form] = page.evaluate("navigator.clipboard.readText()")
    assert copied["link"] == visitor.address + about(DEMO_QUESTION)
    assert [one["label"] for one in json.loads(copied["JSON"])["answers"]] == names(page)
    assert copied["SPARQL"].startswith("SELECT")
    done = subprocess.run([sys.executable, "-c", copied["Python"]], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"answered {names(page)}")
    done = subprocess.run(["bash", "-c", copied["curl"]], capture_output=True, text=True, check=True)
    assert [one["label"] for one in json.loads(done.stdout)["answers"]] == names(page)


WATCH = """addEventListener("DOMContentLoaded", () => {
  window.seen = [];
  new MutationObserver(() => seen.push(document.getElementById("progress").innerText))
    .observe(document.getElementById("progress"), {childList: true, subtree: true});
})"""


def test_progress_is_shown_and_can_be_cancelled(visitor: Any) -> None:
    page = visitor.open()
    page.add_init_script(WATCH)
    page.goto(visitor.address + about(DEMO_QUESTION))
    answered(page)
    seen = "\n".join(page.evaluate("seen"))
    assert "About: Johannes Vermeer" in seen
    assert "Read as: museums that" in seen
    assert "answers so far: Louvre" in seen
    page.route("**/ask", lambda route: None)  # never answered
    page.get_by_role("textbox", name="Question").fill("Who painted Guernica?")
    page.get_by_role("textbox", name="Question").press("Enter")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled.").wait_for()


def test_a_lost_server_is_said_in_words(visitor: Any) -> None:
    page = visitor.open()
    page.locator("#example-list button").first.wait_for()
    page.context.set_offline(True)
    page.get_by_role("textbox", name="Question").fill(DEMO_QUESTION)
    page.get_by_role("textbox", name="Question").press("Enter")
    page.get_by_role("alert").get_by_text("The server cannot be reached").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    answered(page)
    assert names(page)
    visitor.forgive("ERR_INTERNET_DISCONNECTED")


GEOMETRY = (Path(__file__).parent / "geometry.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_nothing_is_cut_off_collides_or_is_too_small(visitor: Any, size: tuple[int, int]) -> None:
    page = visitor.open(size=size)
    for question in QUESTIONS:
        ask(page, question)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.wait_for_timeout(50)  # drawn for its width
        found = page.evaluate(GEOMETRY)
        assert bool(found.pop("boxes")) == (question not in (DECLINED, AMBIGUOUS))
        assert found == {"wide": False, "outside": [], "collisions": 0, "cut": [], "small": []}, question


def test_zoom_and_more_answers(visitor: Any) -> None:
    page = visitor.open(about(MANY))
    answered(page)
    drawing = page.locator(".proof svg")
    before = drawing.bounding_box()["height"]
    page.get_by_role("button", name="Larger").click()
    assert drawing.bounding_box()["height"] == pytest.approx(1.25 * before)
    page.get_by_role("button", name=re.compile("^Draw .* more")).click()
    assert page.locator(".proof svg .answer").count() > 8


def test_keyboard_alone(visitor: Any) -> None:
    page = visitor.open()
    page.locator("#example-list button").first.wait_for()
    press = page.keyboard.press
    page.keyboard.type(DEMO_QUESTION)  # the field has the focus from the start
    press("Enter")
    answered(page)
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    assert page.evaluate("document.activeElement.id") == "question"
    said = page.locator("#status").inner_text()
    assert said.startswith("3 answers. Louvre, Mauritshuis, Rijksmuseum")
    assert "Verified" in said
    reached = []
    for _ in range(30):
        press("Tab")
        reached.append(page.evaluate(focused))
        if page.evaluate("document.activeElement.closest('svg') !== null"):
            break
    assert {"Ask", "Louvre", "Larger"} <= set(reached)
    assert reached[-1] == "Johannes Vermeer"
    press("ArrowRight")
    assert "created by" in page.evaluate(focused)
    press("Enter")
    page.locator(".selection .badge").first.wait_for()
    press("End")
    press("Enter")
    page.get_by_role("button", name="Show everything about it").focus()
    press("Enter")
    page.get_by_role("dialog", name="Rijksmuseum").wait_for()
    press("Escape")
    assert page.evaluate(focused) == "Show everything about it"
    press("Enter")
    page.get_by_role("button", name=re.compile("^located in")).focus()
    press("Enter")
    page.locator(".answers", has_text="Amsterdam").wait_for()
    assert page.evaluate("document.activeElement !== document.body")


RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def violations(page: Any, axe_core: str) -> list[tuple[str, str]]:
    page.evaluate(axe_core)
    found = page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [(one["id"], node["html"][:120]) for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(
    ("scheme", "size", "colours", "questions"),
    [
        ("light", DESKTOP, "none", (DEMO_QUESTION, PROGRAM, TABLE, DECLINED)),
        ("dark", DESKTOP, "none", (DECLINED, DEMO_QUESTION)),
        ("light", PHONE, "none", (PROGRAM, AMBIGUOUS)),
        ("dark", PHONE, "active", (DEMO_QUESTION,)),
    ],
)
def test_axe_finds_nothing(
    visitor: Any, axe_core: str, scheme: str, size: tuple[int, int], colours: str, questions: tuple[str, ...]
) -> None:
    page = visitor.open(size=size, color_scheme=scheme, forced_colors=colours)
    page.locator("#example-list button").first.wait_for()
    assert violations(page, axe_core) == []
    for question in questions:
        ask(page, question)
        page.wait_for_timeout(100)  # drawn for its width
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert violations(page, axe_core) == [], question


def test_axe_finds_nothing_in_a_card(visitor: Any, axe_core: str) -> None:
    page = visitor.open()
    page.get_by_role("combobox", name="Find an entity").fill("Rijksmuseum")
    page.get_by_role("option", name=re.compile("^Rijksmuseum")).click()
    page.locator(".relations li").first.wait_for()
    assert violations(page, axe_core) == []
