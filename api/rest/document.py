"""The OpenAPI document of the application."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI, *models: type[BaseModel]) -> None:
    """Let the document of an application also describe models that no route returns by themselves: of events."""
    made = app.openapi
    _, schemas = models_json_schema([(model, "serialization") for model in models], ref_template=REFERENCE)

    def openapi() -> dict[str, Any]:
        document = made()
        document["components"]["schemas"] = schemas["$defs"] | document["components"]["schemas"]
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation does
