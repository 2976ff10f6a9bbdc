"""What in a file of results is not as its schema has it, in a line."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

_MOST_SAID = 200
"""Characters that are told of what is wrong: a value may be as long as the file."""


def fault_in(document: Any, validator: Draft202012Validator, what: str) -> str:
    """The first thing in ``document`` that ``validator`` does not let pass: "result 0.counters: why"; "" for none.

    ``what``: how messages call the document.
    """
    error = best_match(validator.iter_errors(document))
    if error is None:
        return ""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    said = error.message if len(error.message) <= _MOST_SAID else f"{error.message[:_MOST_SAID]}..."
    return f"{what}{where}: {said}"
