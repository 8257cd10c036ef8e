"""The API page at ``/docs``: the OpenAPI document as one HTML page, without scripts and without another host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from markupsafe import Markup, escape

Json = Mapping[str, Any]

_CODE = re.compile(r"``?([^`]+)``?")


def reference_page(document: Json) -> str:
    """Return the page of an OpenAPI document: its operations by tag, then its schemas."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"text": _text, "type": _type, "json": _json, "anchor": _anchor}
    source = resources.files("clew.api.rest").joinpath("templates/docs.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        info=document["info"], tags=_by_tag(document), schemas=_schemas(document), curl=_curl
    )


def _by_tag(document: Json) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for tag in operation["tags"]:
                found.setdefault(tag, []).append({"path": path, "method": method.upper(), **operation})
    return found


def _schemas(document: Json) -> Iterator[tuple[str, Json]]:
    return iter(sorted(document["components"]["schemas"].items()))


def _text(text: str) -> Markup:
    """Return a description as HTML: escaped, what stands in backticks as code, and its paragraphs."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return Markup("").join(Markup("<p>{}</p>").format(_with_code(part)) for part in paragraphs if part)


def _with_code(text: str) -> Markup:
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _type(schema: Json) -> Markup:
    """Return the type of a value in a few words, with links to the schemas that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(" | ").join(Markup("<code>{}</code>").format(json.dumps(value)) for value in values)
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        return Markup(" | ").join(_type(each) for each in either)
    if schema.get("type") == "array":
        return Markup("list of {}").format(_type(schema["items"])) if "items" in schema else Markup("list")
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return Markup("map to {}").format(_type(schema["additionalProperties"]))
    return Markup(escape(schema.get("type", "any")))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _anchor(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")


def _curl(operation: Json) -> str:
    """Return a command that calls an operation with its examples."""
    path, query = operation["path"], {}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(_example(parameter["schema"])))
        elif parameter["in"] == "query" and parameter["required"]:
            query[parameter["name"]] = _example(parameter["schema"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = [one["value"] for one in body.get("examples", {}).values()]
    sent = f" \\\n  --json '{json.dumps(examples[0], ensure_ascii=False)}'" if examples else ""
    asked = f"?{urlencode(query)}" if query else ""
    method = f"-X {operation['method']} " if operation["method"] not in ("GET", "POST") else ""
    return f"curl {method}'http://127.0.0.1:8000{path}{asked}'{sent}"


def _example(schema: Json) -> object:
    return next(iter(schema.get("examples", ())), "...")
