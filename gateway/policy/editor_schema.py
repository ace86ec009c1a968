"""Writes the JSON Schemas that editors use for completion and hints.

Answers: ``python -m gateway.policy.editor_schema DIRECTORY`` writes the schema of
``policies/*.toml`` and of ``config.toml`` there (default: ``policies``); a test holds the
shipped ones in step with the models.
Fails: with ``OSError`` where it may not write.
Standard: JSON Schema draft 7, the newest that the common TOML editors read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gateway import config
from gateway.policy.schema import schema as policy_schema

DIALECT = "http://json-schema.org/draft-07/schema#"


def texts() -> dict[str, str]:
    """The schema files: name → text."""
    return {
        "sekisho-config.schema.json": _text(config.schema()),
        "sekisho-policy.schema.json": _text(policy_schema()),
    }


def write(directory: Path) -> None:
    """Write all schema files into ``directory``."""
    for name, text in texts().items():
        (directory / name).write_text(text, encoding="utf-8")


def _text(body: dict[str, Any]) -> str:
    return json.dumps({"$schema": DIALECT, **body}, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "policies"))
