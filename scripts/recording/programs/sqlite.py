"""sqlite3 with a shop in memory: customers and orders with indexes, then questions and changes by rank."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from workloads.synth import Synth

from recording.programs.base import Program, Running, zipf

CUSTOMERS, ORDERS = 30_000, 150_000
TABLES = """
create table customer (id integer primary key, name text, email text, city text, about text);
create table item (id integer primary key, customer integer, day integer, status text, price real, sku text);
"""
INDEXES = """
create index of_customer on item (customer); create index of_day on item (day);
create index of_city on customer (city, name);
"""


def prepare(
    folder: Path,
    seed: int,
    customers: int = CUSTOMERS,
    orders: int = ORDERS,
    described: float = 0.3,
    sentences: int = 3,
) -> None:
    """shop.sql: the tables and what is in them.

    ``described``: the share of customers with a text of their own, of so many ``sentences``.
    """
    synth = Synth(seed)
    with open(folder / "shop.sql", "w") as file:
        file.write(f"{TABLES}begin;\n")
        file.writelines(_customers(synth, customers, described, sentences))
        file.writelines(_items(synth, customers, orders))
        file.write(f"commit;\n{INDEXES}")


def _customers(synth: Synth, customers: int, described: float, sentences: int) -> Iterator[str]:
    for number in range(customers):
        name = synth.name()
        about = synth.prose(sentences) if synth.random.random() < described else ""
        row = (number, name, synth.email(name), synth.city(), about)
        yield f"insert into customer values {row!r};\n"


def _items(synth: Synth, customers: int, orders: int) -> Iterator[str]:
    for number in range(orders):
        customer = synth.random.randrange(customers)
        row = (number, customer, synth.tick() // 86_400, synth.status(), synth.price(), synth.token(12))
        yield f"insert into item values {row!r};\n"


def load(running: Running, seed: int) -> None:
    """Fill the tables; then questions without an end. It reads them from a pipe, at its own pace."""
    for _ in questions_asked(running, seed, CUSTOMERS):
        pass


def questions_asked(running: Running, seed: int, customers: int) -> Iterator[None]:
    """Fill the tables; then a question each time, without an end."""
    questions = running.process.stdin
    assert questions is not None
    running.mark("PHASE fill")
    with open(running.folder / "shop.sql", "rb") as file:
        questions.writelines(file)
    running.mark("PHASE ask")
    choice = random.Random(seed)
    ranked = list(range(customers))
    choice.shuffle(ranked)
    while True:
        yield
        customer = ranked[zipf(choice, customers)]
        questions.write(choice.choices(ASKED, (60, 10, 20, 2))[0].format(customer).encode())


ASKED = (
    "select name, sum(price) from customer join item on customer = customer.id where customer.id = {0};\n",
    "update item set status = 'paid' where customer = {0};\n",
    "select count(*), avg(price) from item where customer between {0} and {0} + 20;\n",
    "select city, count(*) from customer where id between {0} and {0} + 2000 group by city;\n",
)

PROGRAM = Program(
    packages=("sqlite3",),
    # Its answers go nowhere: nobody reads them.
    command=("/usr/bin/sqlite3", "-cmd", ".output /dev/null", ":memory:"),
    prepare=prepare,
    load=load,
    limit=11,
)
