"""The sums by which numbers of cards, accounts and people prove that they are none made up."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[\s./-]")
_CARD_STARTS = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)
"""The beginnings and lengths of the numbers of the large card networks."""


def _bare(text: str) -> str:
    return _OTHER.sub("", text)


def luhn(text: str) -> bool:
    """Whether the digits of a text have the sum of Luhn."""
    digits = [int(digit) for digit in reversed(_bare(text)) if digit.isdecimal()]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def is_card(text: str) -> bool:
    """Whether a text is the number of a card of a known network; one digit again and again is none."""
    bare = _bare(text)
    return _CARD_STARTS.fullmatch(bare) is not None and len(set(bare)) > 1 and luhn(bare)


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN by its remainder of 97 (ISO 13616)."""
    bare = _bare(text).upper()
    turned = bare[4:] + bare[:4]
    return 15 <= len(bare) <= 34 and turned.isalnum() and turned.isascii() and _as_number(turned) % 97 == 1


def _as_number(text: str) -> int:
    return int("".join(str(int(letter, 36)) for letter in text))


def is_cpf(text: str) -> bool:
    """Whether a text is a Brazilian number of a person."""
    digits = [int(digit) for digit in _bare(text)]
    return len(digits) == 11 and len(set(digits)) > 1 and all(_cpf_digit(digits[:end]) == digits[end] for end in (9, 10))


def _cpf_digit(digits: list[int]) -> int:
    total = sum(digit * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
    return total * 10 % 11 % 10


def is_dni(text: str) -> bool:
    """Whether a text is a Spanish number of a person or of a foreigner: its letter follows from the rest by 23."""
    bare = _bare(text).upper()
    number = {"X": "0", "Y": "1", "Z": "2"}.get(bare[0], bare[0]) + bare[1:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == bare[-1]


def is_nir(text: str) -> bool:
    """Whether a text is a French number of a person: 13 digits and their complement to 97."""
    bare = _bare(text)
    return len(bare) == 15 and 97 - int(bare[:13]) % 97 == int(bare[13:])


def is_pesel(text: str) -> bool:
    """Whether a text is a Polish number of a person: a possible date of birth, and a digit that follows from the rest."""
    digits = [int(digit) for digit in text]
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    month, day = digits[2] % 2 * 10 + digits[3], digits[4] * 10 + digits[5]
    in_order = 1 <= month <= 12 and 1 <= day <= 31
    return in_order and sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


def is_fiscal_code(text: str) -> bool:
    """Whether a text is an Italian fiscal code: 16 characters, the last of which follows from the others."""
    total = sum(
        _ODD_PLACES[int(letter, 36)] if at % 2 == 0 else (int(letter) if letter.isdecimal() else ord(letter) - 65)
        for at, letter in enumerate(text[:15].upper())
    )
    return chr(65 + total % 26) == text[15].upper()


_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD_PLACES = (*_ODD[:10], *_ODD)
"""What a character counts at the first, third ... place: ten digits, then 26 letters; digits count as the first ten letters."""
