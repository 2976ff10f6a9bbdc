"""A PostgreSQL backend in the middle of a report: hash tables of the joins, tuples of a sort, much work_mem.

Only its private memory: the shared buffers are small, and left out of the dump.
"""

from __future__ import annotations

import signal
from pathlib import Path

from workloads.dumping import leave_out_shared_memory
from workloads.room import Program, Room
from workloads.synth import Synth

_CUSTOMERS, _ORDERS = 100_000, 600_000
_FREEZE_AT = 200  # MiB
_BIN = Path("/usr/lib/postgresql/15/bin")
_SETTINGS = "shared_buffers=16MB work_mem=1GB fsync=off jit=off max_parallel_workers_per_gather=0"

_TABLES = """
CREATE TABLE customers (id int, name text, email text, street text, city text, balance numeric, about text);
CREATE TABLE orders
  (id int, customer int, placed timestamptz, status text, total numeric, token uuid, remark text);
COPY customers FROM '{folder}/customers.tsv';
COPY orders FROM '{folder}/orders.tsv';
ANALYZE;
"""
_REPORT = """
SELECT pg_backend_pid();
WITH spent AS (
  SELECT customer, count(*) AS n, sum(total) AS total, max(placed) AS latest
  FROM orders GROUP BY customer)
SELECT c.city, c.name, c.email, c.street, c.about, o.placed, o.status, o.total, o.token, o.remark, spent.*,
  rank() OVER (PARTITION BY c.city ORDER BY spent.total DESC)
FROM orders o JOIN customers c ON c.id = o.customer JOIN spent ON spent.customer = c.id
WHERE o.status <> 'cancelled' ORDER BY c.city, o.total DESC, o.remark;
"""


def start(room: Room, seed: int) -> int:
    """A backend that has read, hashed and half sorted some 600,000 orders."""
    psql = (_BIN / "psql", "-h", room.folder, "-U", "shop", "-d", "postgres", "-q", "-t", "-A")
    _start_server(room)
    _write_tables(room.folder, Synth(seed))
    tables = _file(room, "tables.sql", _TABLES.format(folder=room.folder))
    room.run(*psql, "-v", "ON_ERROR_STOP=1", stdin=tables)
    report = room.start(*psql, stdin=_file(room, "report.sql", _REPORT))
    backend = int(room.wait_for_line(report))
    leave_out_shared_memory(backend)
    room.freeze_at(backend, _FREEZE_AT)
    return backend


def _start_server(room: Room) -> None:
    data = room.folder / "data"
    room.run(_BIN / "initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = [word for setting in _SETTINGS.split() for word in ("-c", setting)]
    # SIGINT: end the backends too, at once; SIGTERM would wait for them.
    command: list[str | Path] = [_BIN / "postgres", "-D", data, "-k", room.folder, "-h", "", *settings]
    room.start(*command, stop_signal=signal.SIGINT)
    room.run_until_it_works(_BIN / "pg_isready", "-h", room.folder)


def _write_tables(folder: Path, synth: Synth) -> None:
    with open(folder / "customers.tsv", "w") as file:
        for number in range(_CUSTOMERS):
            person = synth.person()
            about = synth.prose(2) if number % 3 else r"\N"
            row = (number, *(person[key] for key in ("name", "email", "street", "city", "balance")), about)
            file.write("\t".join(map(str, row)) + "\n")
    with open(folder / "orders.tsv", "w") as file:
        for number in range(_ORDERS):
            customer = int(_CUSTOMERS * synth.random.random() ** 2)  # some come often
            placed = f"2023-11-{synth.random.randint(1, 30)} 12:{number % 60:02}:00+00"
            remark = synth.text(synth.random.randint(2, 12))
            row = (number, customer, placed, synth.status(), synth.price(), synth.token(), remark)
            file.write("\t".join(map(str, row)) + "\n")


def _file(room: Room, name: str, text: str) -> Path:
    path = room.folder / name
    path.write_text(text)
    return path


PROGRAM = Program("postgres", str(_BIN / "postgres"), "postgresql-15", start)
