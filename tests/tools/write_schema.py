"""Write `config/llm_studio_config.schema.json` from the settings' schema: `python -m tests.tools.write_schema`."""

from __future__ import annotations

import json
from pathlib import Path

from app.services.settings.schema import json_schema

SCHEMA_FILE = Path(__file__).resolve().parents[2] / "config" / "llm_studio_config.schema.json"


def schema_text() -> str:
    """The published file's content: two spaces, keys in the schema's own order, a newline at the end."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    print(f"{SCHEMA_FILE.name} written")
