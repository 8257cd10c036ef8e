"""The page: served with its files, from this origin alone, and with nothing that runs a label."""

import re
from importlib import resources
from pathlib import Path

import pytest

FOLDER = Path(str(resources.files("clew.api.rest").joinpath("static")))
FILES = {file.resolve() for file in FOLDER.rglob("*") if file.is_file()}
STATIC = sorted(file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*") if file.is_file())


def test_the_page_and_everything_it_names_is_served(client):
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"static/app.js", "static/clew.css", "static/clew.svg", "openapi.json", "v1/graphs"} <= set(named)
    assert all(client.get(f"/{name}").status_code == 200 for name in named)


@pytest.mark.parametrize("name", STATIC)
def test_files_come_with_their_types_and_import_only_one_another(client, name):
    response = client.get(f"/static/{name}")
    types = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    assert response.headers["content-type"].startswith(types[name.rsplit(".", 1)[1]])
    imported = re.findall(r'(?:from|import) "([^"]+)"', response.text)
    assert all((FOLDER / name).parent.joinpath(module).resolve() in FILES for module in imported)
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", response.text)


@pytest.mark.parametrize("name", [name for name in STATIC if name.endswith(".js")])
def test_no_script_makes_markup_of_text(client, name):
    script = client.get(f"/static/{name}").text
    assert not re.search(
        r"(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", script
    )


@pytest.mark.parametrize("path", ["/", "/v1/graphs", "/static/app.js", "/nowhere", "/healthz"])
def test_every_response_has_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_files_are_asked_for_anew_and_not_sent_again(client):
    first = client.get("/static/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_nothing_inline_that_the_policy_would_stop():
    page = resources.files("clew.api.rest").joinpath("templates/index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_no_way_out_of_the_static_folder(client):
    assert client.get("/static/..%2fapp.py").status_code == 404
    assert client.get("/static/../app.py").status_code == 404


def test_openapi_is_served_and_describes_problems(client):
    schema = client.get("/openapi.json").json()
    assert {"/v1/graphs/{graph}/ask", "/v1/graphs", "/v1/graphs/{graph}", "/v1/paths/{id}", "/healthz"} <= schema[
        "paths"
    ].keys()
    responses = schema["paths"]["/v1/graphs/{graph}/ask"]["post"]["responses"]
    assert "application/problem+json" in responses["4XX"]["content"]
    assert schema["components"]["schemas"]["AskRequest"]["properties"]["question"]["examples"]
