"""The shop's customers and staff, all made up."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from functools import cache

# fmt: off
FIRST = (
    "Ada", "Amir", "Anna", "Ben", "Carla", "Chloe", "Daniel", "Elif", "Emma", "Erik", "Fatima", "Felix",
    "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jana", "Jonas", "Julia", "Kai", "Lara", "Leon", "Lina",
)
# fmt: on
# fmt: off
LAST = (
    "Andersen", "Bauer", "Becker", "Bianchi", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Haas",
    "Hansen", "Ivanova", "Jansen", "Kaya", "Keller", "Khan", "Klein", "Kowalski", "Lang", "Larsen", "Lopez",
    "Martin", "Meyer", "Moreau",
)
# fmt: on
MAIL_HOSTS = ("mail.example", "post.example", "inbox.example", "office.example")
COMMON_PASSWORDS = ("123456", "password1", "qwerty123", "summer2026", "iloveyou", "letmein!", "dragon12", "football")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: int
    name: str
    email: str
    password: str
    role: str
    city: str

    @property
    def password_hash(self) -> str:
        """What a careless shop keeps of a password."""
        return hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()

    def public(self) -> dict[str, object]:
        """The account as the API shows it to its owner."""
        return {"id": self.id, "name": self.name, "email": self.email, "role": self.role, "city": self.city}


@cache
def people() -> tuple[Person, ...]:
    """Everybody with an account, the same in every run; a few have passwords that any list contains."""
    rng = random.Random("people")
    return tuple(_person(rng, number) for number in range(1, 401)) + _staff()


@cache
def customers() -> tuple[Person, ...]:
    """Those who buy."""
    return tuple(person for person in people() if person.role == "customer")


@cache
def staff() -> tuple[Person, ...]:
    """Those who work in the office."""
    return tuple(person for person in people() if person.role != "customer")


def _person(rng: random.Random, number: int) -> Person:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    password = rng.choice(COMMON_PASSWORDS) if number % 13 == 0 else f"{last[:3]}-{rng.randrange(16**8):08x}"
    email = f"{first}.{last}{number}@{rng.choice(MAIL_HOSTS)}".lower()
    city = rng.choice(("Berlin", "Lyon", "Porto", "Oslo", "Krakow", "Leeds", "Graz", "Turin", "Ghent"))
    return Person(1000 + number, f"{first} {last}", email, password, "customer", city)


def _staff() -> tuple[Person, ...]:
    rows = (("Nora Lindqvist", "admin"), ("Peter Brandt", "support"), ("Aisha Rahman", "analyst"))
    return tuple(
        Person(10 + n, name, f"{name.split()[0].lower()}@shop.example", f"Office-{n}-{len(name)}!", role, "Hamburg")
        for n, (name, role) in enumerate(rows)
    )
