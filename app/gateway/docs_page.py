"""The documentation as one page of ours: it loads nothing from anywhere, and needs no script."""

from __future__ import annotations

import html
import json
from typing import Any

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; font-size: 1.1rem; text-transform: uppercase; letter-spacing: .05em; opacity: .7; }
section { border-top: 1px solid #8886; padding: 1rem 0; }
h3 { margin: 0; font: 600 1rem ui-monospace, monospace; }
h3 b { display: inline-block; min-width: 4rem; }
pre { overflow-x: auto; padding: .75rem; background: #8882; border-radius: 6px; font-size: .85rem; }
td { padding: .15rem 1rem .15rem 0; vertical-align: top; } p { margin: .4rem 0; }
"""


def page(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    info = document["info"]
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            group = (operation.get("tags") or ["other"])[0]
            groups.setdefault(group, []).append(_operation(method, path, operation))
    body = "".join(f"<h2>{html.escape(name)}</h2>{''.join(parts)}" for name, parts in groups.items())
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{html.escape(info['title'])}</title><style>{_STYLE}</style>"
        f"<h1>{html.escape(info['title'])} {html.escape(info['version'])}</h1>"
        f"<p>{html.escape(info.get('description', ''))}</p><p><a href=/openapi.json>openapi.json</a></p>{body}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    said = "".join(f"<p>{html.escape(t)}</p>" for t in (operation.get("summary"), operation.get("description")) if t)
    statuses = "".join(
        f"<tr><td>{html.escape(status)}<td>{html.escape(answer.get('description', ''))}"
        for status, answer in operation["responses"].items()
    )
    return (
        f"<section><h3><b>{method.upper()}</b>{html.escape(path)}</h3>{said}"
        f"{_example(operation)}<table>{statuses}</table></section>"
    )


def _example(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" not in content:
        return ""
    return f"<pre>{html.escape(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>"
