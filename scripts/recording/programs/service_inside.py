"""What runs as the service: it reads its records, says that it is ready, and answers requests."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any


def main() -> None:
    gc.disable()  # while it fills: a collection walks over all that it holds
    with open("records.txt") as file:
        records: list[dict[str, Any]] = [json.loads(line) for line in file]
    gc.freeze()
    gc.enable()
    print("ready", flush=True)
    for request in sys.stdin:
        word, number = request.split()
        print(answer(records, word, int(number)), flush=True)


def answer(records: list[dict[str, Any]], word: str, number: int) -> str:
    """``get``: a record; ``change``: some of it is new; ``search``: how many of the next 200 are of its city."""
    record = records[number]
    if word == "change":
        record["session"]["seen"] = [f"/item/{number}?n={n}" for n in range(len(record["note"]) % 20)]
        record["note"] = " ".join(reversed(record["note"].split()))
    elif word == "search":
        near = records[number : number + 200]
        return str(sum(other["city"] == record["city"] for other in near))
    return json.dumps(record)


if __name__ == "__main__":
    main()
