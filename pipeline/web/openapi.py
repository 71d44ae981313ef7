"""The API's description: OpenAPI 3.1 whose answers are the records themselves, and as a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pipeline.web.problems import TITLES, Problem

_REFERENCE = "#/components/schemas/{name}"


def answers(
    record: type,
    about: str,
    *,
    problems: Sequence[int] = (),
    many: bool = False,
    media: str = "application/json",
) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: the record (or a list of them) for 200, problems for the rest."""
    reference = {"$ref": _REFERENCE.format(name=record.__name__)}
    schema = {"type": "array", "items": reference} if many else reference
    told: dict[int | str, dict[str, Any]] = {
        200: {"description": about, "content": {media: {"schema": schema}}}
    }
    problem = {"application/problem+json": {"schema": {"$ref": _REFERENCE.format(name=Problem.__name__)}}}
    for status in (*problems, 500, 503):
        told[status] = {"description": TITLES[status], "content": problem}
    return told


def described(app: FastAPI, records: Iterable[type]) -> dict[str, Any]:
    """The whole description, with the schemas of `records` and of all that they are made of."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
    )
    _, schemas = msgspec.json.schema_components([*records, Problem], ref_template=_REFERENCE)
    components = document.setdefault("components", {}).setdefault("schemas", {})
    components.update(schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)  # such requests are answered with 400 and a problem
    return document


def manual(document: dict[str, Any]) -> str:
    """The description as one page of HTML that needs nothing else."""
    parts = [
        _operation(path, verb, what)
        for path, item in document["paths"].items()
        for verb, what in item.items()
    ]
    schemas = document["components"]["schemas"]
    records = [_record(name, schemas[name]) for name in sorted(schemas) if "properties" in schemas[name]]
    return _MANUAL.format(
        title=escape(document["info"]["title"]),
        about=_prose(document["info"]["description"]),
        version=escape(document["info"]["version"]),
        operations="\n".join(parts),
        records="\n".join(records),
    )


def _operation(path: str, verb: str, what: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(_kind(p['schema']))}</td>"
        f"<td>{_prose(p.get('description') or p['schema'].get('description', ''))}</td></tr>"
        for p in what.get("parameters", [])
    )
    answer = what["responses"].get("200", {})
    content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
    kind = _kind(content.get("schema", {}))
    link = f' <a href="#{escape(kind.removeprefix("list of "))}">{escape(kind)}</a>' if kind else ""
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    return (
        f"<section><h3><code>{escape(verb.upper())} {escape(path)}</code></h3>"
        f"<p>{_prose(what.get('description', ''))}</p>"
        f"{table}<p>Answer: {escape(answer.get('description', ''))}{link}</p></section>"
    )


def _record(name: str, schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{escape(_kind(kind))}</td></tr>"
        for field, kind in schema["properties"].items()
    )
    about = _prose(schema.get("description", ""))
    head = f'<section id="{escape(name)}"><h3>{escape(name)}</h3><p>{about}</p>'
    return f"{head}<table><tbody>{rows}</tbody></table></section>"


def _prose(text: str) -> str:
    """Text as HTML, what stands in backquotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " | ".join("null" if value is None else str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "prefixItems" in schema:
        return f"[{', '.join(_kind(item) for item in schema['prefixItems'])}]"
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    bounds = [
        f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema
    ]
    return " ".join([str(schema.get("format") or schema.get("type") or ""), *bounds]).strip()


_MANUAL = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/page.css"></head>
<body class="manual"><main>
<p><a href="./">Stories</a></p>
<h1>{title}</h1><p>{about}</p><p>Version {version}. For programs: <a href="openapi.json">openapi.json</a>.</p>
<h2>Addresses</h2>
{operations}
<h2>Records</h2>
{records}
</main></body></html>
"""
