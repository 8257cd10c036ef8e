"""The part of JSON Schema that the service's OpenAPI description uses: judging a value, and generating values."""

from __future__ import annotations

import math
import re
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KNOWN = {
    "type", "properties", "required", "additionalProperties", "propertyNames", "items", "prefixItems", "enum", "const",
    "anyOf", "$ref", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
    "title", "description", "default", "examples",
}  # fmt: skip


class Schemas:
    """The schemas of an OpenAPI document."""

    def __init__(self, document: Schema) -> None:
        self.document = document

    def resolved(self, schema: Schema) -> Schema:
        """The schema that a reference names."""
        while "$ref" in schema:
            place: Any = self.document
            for name in schema["$ref"].removeprefix("#/").split("/"):
                place = place[name]
            schema = place
        assert schema.keys() <= KNOWN, schema.keys() - KNOWN
        return schema

    def fits(self, schema: Schema, value: Any) -> bool:
        """Whether a value is as the schema says."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            return any(self.fits(one, value) for one in schema["anyOf"])
        if "enum" in schema:
            return value in schema["enum"]
        if "const" in schema:
            return bool(value == schema["const"] and type(value) is type(schema["const"]))
        return "type" not in schema or getattr(self, f"_{schema['type']}")(schema, value)

    def values(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Values as the schema says."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            return st.one_of([self.values(one) for one in schema["anyOf"]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "const" in schema:
            return st.just(schema["const"])
        low, high = schema.get("minimum"), schema.get("maximum")
        match schema.get("type"):
            case "null":
                return st.none()
            case "boolean":
                return st.booleans()
            case "integer":
                return st.integers(low, high)
            case "number":
                return st.floats(low, high, allow_nan=False, allow_infinity=False)
            case "string" if "pattern" in schema:
                return st.from_regex(schema["pattern"], fullmatch=True)
            case "string":
                return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 40), 40))
            case "array":
                most = min(schema.get("maxItems", 3), 3)
                return st.lists(self.values(schema["items"]), min_size=schema.get("minItems", 0), max_size=most)
            case "object":
                return self._objects(schema)
        return ANY_JSON

    def _objects(self, schema: Schema) -> st.SearchStrategy[Any]:
        fields = {name: self.values(one) for name, one in schema.get("properties", {}).items()}
        required = set(schema.get("required", ()))
        fixed = st.fixed_dictionaries(
            {name: values for name, values in fields.items() if name in required},
            optional={name: values for name, values in fields.items() if name not in required},
        )
        further = schema.get("additionalProperties")
        if not isinstance(further, dict):
            return fixed
        names = self.values(schema.get("propertyNames", {"type": "string"}))
        return st.dictionaries(names, self.values(further), max_size=3)

    def _null(self, _: Schema, value: Any) -> bool:
        return value is None

    def _boolean(self, _: Schema, value: Any) -> bool:
        return isinstance(value, bool)

    def _number(self, schema: Schema, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return bool(schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf))

    def _integer(self, schema: Schema, value: Any) -> bool:
        return self._number(schema, value) and float(value).is_integer()

    def _string(self, schema: Schema, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", math.inf)
        return fits and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)

    def _array(self, schema: Schema, value: Any) -> bool:
        if not isinstance(value, list) or not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1e9):
            return False
        first = schema.get("prefixItems", [])
        rest = schema.get("items", {})
        return all(self.fits(first[i] if i < len(first) else rest, item) for i, item in enumerate(value))

    def _object(self, schema: Schema, value: Any) -> bool:
        if not isinstance(value, dict) or not set(schema.get("required", ())) <= value.keys():
            return False
        fields, further = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, one in value.items():
            if not self.fits(schema.get("propertyNames", {}), name):
                return False
            if name not in fields and further is False:
                return False
            if not self.fits(fields.get(name, {} if further is True else further or {}), one):
                return False
        return True
