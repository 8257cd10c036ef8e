"""Every link to a section leads to a heading, and every page is linked from the list of pages."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s:]*)\)")


def prose(page: Path) -> str:
    """The text of a page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link may name on a page: headings, as GitHub turns them into anchors, and explicit anchors."""
    text = prose(page)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in plain}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_links_to_sections_lead_to_headings() -> None:
    links = [(page, target) for page in PAGES for target in LINK.findall(prose(page)) if "#" in target]
    assert links
    for page, target in links:
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert anchor in anchors(linked), f"{page.relative_to(ROOT)} links to {target}"


def test_every_page_is_in_the_list_of_pages() -> None:
    listed = {(DOCS / target).resolve() for target in LINK.findall(prose(DOCS / "README.md"))}
    pages = set(DOCS.rglob("*.md")) - {DOCS / "README.md"}
    assert pages
    assert pages <= listed
