"""The page of the HTTP routes and of the sockets' messages."""  # noqa: INP001 - beside a script

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tables import table

from standout.bootstrap import build
from standout.server.app import create_app
from standout.settings import load_settings

FIRST_ERROR = 400
NOT_SENT = {"HTTPValidationError", "ValidationError"}
"""FastAPI's own, which we replace by problems."""


def http_page() -> str:
    """Tell every route, and the objects that they take and answer."""
    spec = openapi()
    routes = [
        route(path, method, operation)
        for path, operations in sorted(spec["paths"].items())
        for method, operation in operations.items()
    ]
    objects = [
        f"### {name}\n\n{first_line(schema)}{fields(schema)}"
        for name, schema in sorted(spec["components"]["schemas"].items())
        if "properties" in schema and name not in NOT_SENT
    ]
    told = "\n".join(routes) + "\n## Objects\n\n" + "\n\n".join(objects)
    return f"""# HTTP routes and messages of the sockets

A running server tells the same at `/openapi.json`, and for reading and trying at `/docs`. Errors
are [problems](problems.md). A `HEAD` is answered as a `GET`, without the body. Routes marked
*WebSocket* are opened with `ws://` or `wss://`.

{told}
"""


def openapi() -> dict[str, Any]:
    """Return what the server says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        services = build(load_settings(data_dir=Path(folder), store={"url": "memory"}))
        try:
            return create_app(services).openapi()
        finally:
            services.store.close()
            services.folder.close()


def route(path: str, method: str, operation: dict[str, Any]) -> str:
    """Describe one route."""
    responses = operation["responses"]
    opened = responses.get("101", {})
    name = f"*WebSocket* `{path}`" if opened else f"`{method.upper()} {path}`"
    parts = [f"## {name}", operation.get("description", "")]
    if parameters := operation.get("parameters"):
        rows = [
            [f"`{p['name']}`", p["in"], kind(p["schema"]), p.get("description", "")]
            for p in parameters
        ]
        parts.append(table(("Parameter", "In", "Type", "Meaning"), rows))
    parts += [f"Sent: {kind(opened['x-sent'])}."] if opened.get("x-sent", {}).get("oneOf") else []
    parts += [f"Received: {kind(opened['x-received'])}."] if opened else []
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"Body, `{media}`: {kind(content.get('schema', {}))}.")
    parts += answers(responses) if not opened else []
    return "\n\n".join(part for part in parts if part) + "\n"


def answers(responses: dict[str, Any]) -> list[str]:
    """Describe the answers of a route."""
    lines = []
    for status, response in sorted(responses.items()):
        content = response.get("content", {})
        forms = [
            f"`{media}` {kind(c['schema'])}" for media, c in content.items() if c.get("schema")
        ]
        what = ", or ".join(forms) or response["description"]
        if int(status) >= FIRST_ERROR:
            what = f"[problem](problems.md): {told(response['description'])}"
        lines.append(f"- {status}: {what}")
    return ["\n".join(lines)]


def told(description: str) -> str:
    """Return what an error means; FastAPI's words for a 422 say less than ours."""
    return "Input cannot be used." if description == "Validation Error" else description


def first_line(schema: dict[str, Any]) -> str:
    """Return what an object is, as a paragraph; its numpydoc parameters stand in the table."""
    words = str(schema.get("description", "")).partition("\n\n")[0].replace("``", "`").split()
    return f"{' '.join(words)}\n\n" if words else ""


def fields(schema: dict[str, Any]) -> str:
    """Return the fields of an object as a table."""
    required = schema.get("required", [])
    rows = [
        (
            f"`{name}`" if name in required else f"`{name}` (optional)",
            kind(of),
            of.get("description", ""),
        )
        for name, of in schema["properties"].items()
    ]
    return table(("Field", "Type", "Meaning"), rows)


def kind(schema: dict[str, Any]) -> str:
    """Return a JSON schema's type in words."""
    if ref := schema.get("$ref"):
        name = ref.rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several, word in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if several in schema:
            return word.join(kind(one) for one in schema[several])
    words = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if words:
        return ", ".join(f"`{word}`" for word in words)
    if schema.get("type") == "array":
        return f"list of ({kind(schema.get('items', {}))})"
    return bounded(schema)


def bounded(schema: dict[str, Any]) -> str:
    """Return a plain type with its limits and its default."""
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    text = str(schema.get("type", "anything"))
    text = "bytes" if schema.get("format") == "binary" else names.get(text, text)
    limits = [
        f"{word} {schema[name]}"
        for name, word in (
            ("minimum", "from"),
            ("exclusiveMinimum", "over"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if name in schema
    ]
    text = " ".join([f"{text},", *limits]) if limits else text
    default = schema.get("default")
    return text if default is None or default == "" else f"{text}, otherwise {default}"
