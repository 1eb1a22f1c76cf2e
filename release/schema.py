"""The configuration's JSON schema, for editors: in the file's own notation, TOML's."""

from __future__ import annotations

import re
from typing import Any

from backuptool.config import Configuration

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "backuptool's config.toml"


def schema() -> dict[str, Any]:
    """What pydantic says of the models, without what TOML has not (null) and nobody reads (titles made of names)."""
    made = _tidy(Configuration.model_json_schema(by_alias=True))
    return {"$schema": DIALECT, "title": TITLE, **made}


def _tidy(node: Any) -> Any:
    if isinstance(node, list):
        return [_tidy(one) for one in node if one != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if not _is_noise(key, value, node)}
    if len(tidy.get("anyOf", ())) == 1:
        tidy |= tidy.pop("anyOf")[0]
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _is_noise(key: str, value: Any, of: dict[str, Any]) -> bool:
    if key == "title":
        return isinstance(value, str)
    return key == "default" and (value is None or isinstance(value, dict) or not _fits(value, of))


def _fits(default: Any, of: dict[str, Any]) -> bool:
    """Whether a default is as the file would have it; pydantic writes durations as ISO 8601 does."""
    return not (isinstance(default, str) and "pattern" in of) or bool(re.search(of["pattern"], default))
