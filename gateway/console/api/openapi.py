"""The OpenAPI document, made of the operations and shapes that serve.

Answers: ``document``. Trusts: the table. Fails: never.
Standards: OpenAPI 3.1.0, JSON Schema 2020-12, RFC 9457.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from gateway.console.api import problems
from gateway.console.api.operations import OPERATIONS, VERSION, Operation
from gateway.console.api.problems import Problem
from gateway.console.settings import Settings

_REF = "#/components/schemas/{model}"
_PROBLEM = "Problem"
_ALWAYS = (400, 401, 403, 413, 422, 429, 500, 503)
_OF_ACTS = (404, 409, 412, 415)
_ID = "^[a-z]{4}-[a-z]{4}-[a-z]{4}$"
_HEADERS: tuple[dict[str, Any], ...] = (
    {
        "name": "If-Match",
        "in": "header",
        "description": "ETag of the hold that was looked at: nothing is done if somebody acted "
        "since (412).",
        "schema": {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key of the request's own: asked again, nothing is done a second time "
        "and the hold is shown as it is now.",
        "schema": {"type": "string", "pattern": "^[!#-~]{1,200}$"},
    },
)


def document(settings: Settings, base: str) -> dict[str, Any]:
    """Return the document.

    Args:
        base: path that the API stands under.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sekisho",
            "version": VERSION,
            "summary": "Parked mail, incidents and records, for programs.",
            "description": "A bearer token is made on /account or with `sekisho users token`. "
            "Every string from a mail is masked; content is not shown. docs/api.md has examples.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
            "responses": {str(s): _trouble(s) for s in sorted(set(problems.KINDS.values()))},
        },
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.says,
        "x-right": operation.right.value if operation.right else "",
        "parameters": list(_parameters(operation)),
        "responses": {"200": _answer(operation)} | _troubles(operation),
    }
    if operation.body is not None:
        schema = {"$ref": _REF.format(model=operation.body.__name__)}
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return told


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in ("hold_id", "incident_id", "review_id", "stand_in_id"):
        if f"{{{name}}}" in operation.path:
            schema = {"type": "string", "pattern": _ID}
            yield {"name": name, "in": "path", "required": True, "schema": schema}
    asked = operation.query.model_json_schema(ref_template=_REF)
    for name, told in asked.get("properties", {}).items():
        yield {"name": name, "in": "query", "description": told.pop("description", ""),
               "schema": _plain(told)}  # fmt: skip
    if operation.conditional:
        yield from _HEADERS


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out: an address cannot say null."""
    kinds = [s for s in schema.get("anyOf", []) if s.get("type") != "null"]
    rest = {k: v for k, v in schema.items() if k not in ("anyOf", "title")}
    if rest.get("default", "") is None:
        del rest["default"]
    return rest | kinds[0] if len(kinds) == 1 else rest | ({"anyOf": kinds} if kinds else {})


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answers is None:
        headers = {
            "Sekisho-Next": _header("Give it back as `after`, now or later."),
            "Sekisho-More": _header("`true` where there is more already."),
        }
        content = {"application/jsonl": {"schema": {"type": "string"}}}
        return {"description": "An entry a line.", "headers": headers, "content": content}
    told: dict[str, Any] = {
        "description": (operation.answers.__doc__ or "").strip(),
        "content": {
            "application/json": {"schema": {"$ref": _REF.format(model=operation.answers.__name__)}}
        },
    }
    if operation.about_hold:
        told["headers"] = {"ETag": _header("The hold's revision, for If-Match.")}
    return told


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": {"type": "string"}}


def _troubles(operation: Operation) -> dict[str, Any]:
    statuses = set(_ALWAYS)
    if operation.acts:
        statuses |= set(_OF_ACTS)
    elif "{" in operation.path:
        statuses.add(404)
    return {str(s): {"$ref": f"#/components/responses/{s}"} for s in sorted(statuses)}


def _trouble(status: int) -> dict[str, Any]:
    kinds = [kind for kind, its in problems.KINDS.items() if its == status]
    told: dict[str, Any] = {
        "description": " / ".join(problems.title(kind, "en") for kind in kinds),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=_PROBLEM)}}},
    }
    if status == 401:
        told["headers"] = {"WWW-Authenticate": _header("RFC 6750 3.")}
    if status == 429:
        told["headers"] = {"Retry-After": _header("Seconds.")}
    return told


def _schemas() -> Mapping[str, Any]:
    sent: list[type[BaseModel]] = [o.body for o in OPERATIONS if o.body]
    told: list[type[BaseModel]] = [o.answers for o in OPERATIONS if o.answers]
    made: list[tuple[type[BaseModel], JsonSchemaMode]]
    made = [(m, "validation") for m in dict.fromkeys(sent)]
    told.append(Problem)
    made += [(m, "serialization") for m in dict.fromkeys(told)]
    _, schema = models_json_schema(made, ref_template=_REF)
    found: dict[str, Any] = schema["$defs"]
    return found
