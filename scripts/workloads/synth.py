"""Made-up people, sessions, orders, log lines and texts, as programs hold them; all from one seed.

Word and name frequencies fall off as in real text (Zipf), numbers cluster, identifiers are random: what a
compressor meets in a page of real data is a mixture of the three.
"""

from __future__ import annotations

import json
import random
from itertools import accumulate

_WORD_LIST = """
the of and to a in is it that for was on are with as at be this have from or had by but not what all were we
when your can said there use an each which she do how their if will up other about out many then them these
so some her would make like him into time has look two more write go see number no way could people my than
first water been call who oil its now find long down day did get come made may part over new sound take only
little work know place year live me back give most very after thing our just name good sentence man think
say great where help through much before line right too mean old any same tell boy follow came want show
also around form three small set put end does another well large must big even such because turn here why
ask went men read need land different home us move try kind hand picture again change off play spell air
away animal house point page letter mother answer found study still learn should world high every near add
food between own below country plant last school father keep tree never start city earth eye light thought
head under story saw left few while along might close something seem next hard open example begin life
always those both paper together got group often run important until children side feet car mile night walk
white sea began grow took river four carry state once book hear stop without second later miss idea enough
eat face watch far really almost let above girl sometimes mountain cut young talk soon list song being leave
family invoice shipment warranty refund delivery customer account payment discount catalogue
"""
_FIRST_NAMES = """
Ada Alan Barbara Bjarne Carla Dennis Donald Edsger Elena Emeka Farid Fatima Frances Grace Guido Hana Hedy
Ingrid Ivan Jean Joan Johann Karen Katherine Ken Kwame Lars Leslie Linus Liu Margaret Maria Mary Mei Miguel
Niklaus Noor Olga Omar Pavel Priya Radia Rosa Sanjay Shafi Sofia Tim Tomas Ursula Wei Yukihiro Yuki Zofia
"""
_LAST_NAMES = """
Adeyemi Andersson Baker Becker Berg Chen Costa Dubois Eriksen Fischer Fontaine Garcia Haddad Hansen Horvat
Ibrahim Ivanova Jansen Johnson Kaya Keller Khan Kim Kowalski Kumar Larsen Lopez Martin Meyer Moreau Mueller
Nakamura Nguyen Novak Okafor Olsen Papadopoulos Patel Petrov Popescu Rossi Sato Schmidt Silva Singh Smith
Suzuki Takahashi Tanaka Weber
"""
_CITY_NAMES = """
Accra Amsterdam Athens Auckland Bangalore Barcelona Berlin Bogota Brno Cairo Chicago Copenhagen Dakar Dublin
Gdansk Geneva Hamburg Hanoi Helsinki Istanbul Jakarta Kyoto Lagos Lima Lisbon London Lyon Madrid Manila
Melbourne Nairobi Osaka Oslo Porto Prague Quito Riga Rome Santiago Seoul Sofia Tallinn Toronto Turin Vienna
"""
_WORDS, _FIRST, _LAST = _WORD_LIST.split(), _FIRST_NAMES.split(), _LAST_NAMES.split()
_CITIES = _CITY_NAMES.split()
_AGENTS = [
    f"Mozilla/5.0 ({system}) {engine}"
    for system in ("X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
    for engine in (
        "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
        "Gecko/20100101 Firefox/115.0",
        "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
    )
]
_PATHS = ("/", "/search", "/cart", "/item", "/api/v1/items", "/api/v1/orders", "/app.js", "/site.css")
_STATUS = ("new", "paid", "packed", "shipped", "delivered", "returned", "cancelled")
_START = 1_700_000_000  # seconds since 1970: the made-up world's first moment

VOCABULARY = {word.lower() for word in (*_WORDS, *_FIRST, *_LAST, *_CITIES)}


def _zipf(n: int) -> list[float]:
    return list(accumulate(1 / (rank + 2) for rank in range(n)))


_WORD_WEIGHTS, _NAME_WEIGHTS = _zipf(len(_WORDS)), _zipf(len(_LAST))


class Synth:
    """A made-up world; every call continues the one seeded sequence."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = _START

    def token(self, n_bytes: int = 16) -> str:
        """A random identifier in hexadecimal."""
        return f"{self.random.getrandbits(8 * n_bytes):0{2 * n_bytes}x}"

    def blob(self, n_bytes: int) -> bytes:
        """What a compressor can do nothing with: a picture, a ciphertext."""
        return self.random.randbytes(n_bytes)

    def tick(self, seconds: float = 3.0) -> int:
        """A moment somewhat later than the one before."""
        self.now += int(self.random.expovariate(1 / seconds))
        return self.now

    def text(self, n_words: int) -> str:
        return " ".join(self.random.choices(_WORDS, cum_weights=_WORD_WEIGHTS, k=n_words)).capitalize() + "."

    def prose(self, n_sentences: int) -> str:
        return " ".join(self.text(self.random.randint(4, 18)) for _ in range(n_sentences))

    def name(self) -> str:
        last = self.random.choices(_LAST, cum_weights=_NAME_WEIGHTS)[0]
        return f"{self.random.choice(_FIRST)} {last}"

    def email(self, name: str) -> str:
        return f"{name.lower().replace(' ', '.')}{self.random.randint(1, 999)}@example.com"

    def city(self) -> str:
        return self.random.choice(_CITIES)

    def street(self) -> str:
        return f"{self.random.randint(1, 250)} {self.random.choice(_LAST)} Street"

    def phone(self) -> str:
        return f"+{self.random.randint(1, 99)} {self.random.randint(10**8, 10**10)}"

    def born(self) -> str:
        year, month, day = (self.random.randint(*span) for span in ((1940, 2005), (1, 12), (1, 28)))
        return f"{year}-{month:02}-{day:02}"

    def address(self) -> str:
        return f"10.{self.random.randint(0, 31)}.{self.random.randint(0, 255)}.{self.random.randint(1, 254)}"

    def price(self) -> float:
        return round(self.random.lognormvariate(3, 1), 2)

    def status(self) -> str:
        return self.random.choice(_STATUS)

    def path(self) -> str:
        path = self.random.choice(_PATHS)
        return f"{path}?id={self.random.randint(1, 50_000)}" if "." not in path else path

    def agent(self) -> str:
        return self.random.choice(_AGENTS)

    def person(self) -> dict[str, object]:
        """One customer's record."""
        name = self.name()
        return {
            "name": name,
            "email": self.email(name),
            "phone": self.phone(),
            "street": self.street(),
            "city": self.city(),
            "born": self.born(),
            "balance": self.price(),
        }

    def cart_item(self) -> dict[str, object]:
        return {"sku": self.token(4), "n": self.random.randint(1, 5), "price": self.price()}

    def session(self) -> str:
        """One web session as JSON, 300 to 1500 bytes."""
        return json.dumps(
            {
                "user": self.random.randint(1, 400_000),
                "csrf": self.token(),
                "created": self.tick(),
                "address": self.address(),
                "agent": self.agent(),
                "locale": self.random.choice(("en", "de", "fr", "es", "pt", "ja")),
                "cart": [self.cart_item() for _ in range(self.random.randint(0, 6))],
                "seen": [self.path() for _ in range(self.random.randint(1, 12))],
                "flash": self.text(8) if self.random.random() < 0.2 else None,
            }
        )

    def log_line(self) -> str:
        """One line of a web server's access log."""
        status, size = self.random.choice((200, 200, 200, 304, 404, 500)), self.random.randint(200, 90_000)
        request = f'[{self.tick()}] "GET {self.path()} HTTP/1.1"'
        return f'{self.address()} - - {request} {status} {size} "-" "{self.agent()}"'
