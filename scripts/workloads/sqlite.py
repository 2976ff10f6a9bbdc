"""The sqlite3 shell with a database in memory: B-tree pages of varints and text, a full-text index, a report.

Of the five it is the one with the fewest pointers: its memory looks like the pages of a file.
"""

from __future__ import annotations

from pathlib import Path

from workloads.room import Program, Room
from workloads.synth import Synth

_REQUESTS, _READINGS, _ARTICLES = 300_000, 700_000, 15_000

_SCRIPT = """
PRAGMA temp_store = memory;
CREATE TABLE requests (moment INTEGER, address TEXT, path TEXT, status INTEGER, bytes INTEGER, agent TEXT);
CREATE TABLE readings (sensor INTEGER, moment INTEGER, celsius REAL, volts REAL, PRIMARY KEY (sensor, moment))
  WITHOUT ROWID;
CREATE VIRTUAL TABLE articles USING fts5 (title, author, body);
.mode tabs
.import requests.tsv requests
.import readings.tsv readings
.import articles.tsv articles
CREATE INDEX by_path ON requests (path, moment);
DELETE FROM requests WHERE status = 404 OR moment % 11 = 0;
UPDATE readings SET celsius = celsius * 1.8 + 32 WHERE sensor % 5 = 0;
CREATE TEMP TABLE report AS
  SELECT address, agent, count(*) AS n, sum(bytes) AS total FROM requests GROUP BY 1, 2 ORDER BY total DESC;
.print ready
"""


def start(room: Room, seed: int) -> int:
    """A shell that has loaded, indexed, deleted and grouped, and waits for more."""
    _write_tables(room.folder, Synth(seed))
    (room.folder / "load.sql").write_text(_SCRIPT)
    # -init: without it the shell reads /etc/passwd to find a home with a .sqliterc in it.
    shell = room.start("/usr/bin/sqlite3", "-init", "load.sql", ":memory:")
    room.wait_for_line(shell, "ready")
    return shell.pid


def _write_tables(folder: Path, synth: Synth) -> None:
    random = synth.random
    with open(folder / "requests.tsv", "w") as file:
        for _ in range(_REQUESTS):
            status, size = random.choice((200, 200, 200, 304, 404)), random.randint(200, 90_000)
            row = (synth.tick(), synth.address(), synth.path(), status, size, synth.agent())
            file.write("\t".join(map(str, row)) + "\n")
    with open(folder / "readings.tsv", "w") as file:
        for number in range(_READINGS):
            celsius, volts = round(random.gauss(20, 4), 2), round(random.gauss(3.3, 0.02), 4)
            file.write(f"{number % 300}\t{1_700_000_000 + number // 300 * 60}\t{celsius}\t{volts}\n")
    with open(folder / "articles.tsv", "w") as file:
        for _ in range(_ARTICLES):
            file.write(f"{synth.text(5)}\t{synth.name()}\t{synth.prose(random.randint(5, 40))}\n")


PROGRAM = Program("sqlite", "/usr/bin/sqlite3", "sqlite3", start)
