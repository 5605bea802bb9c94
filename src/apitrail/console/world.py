"""Where requests come from, as a map of tiles: every country a square of the same size, so that small ones are seen too.

The arrangement is our own: countries stand about where they are, neighbours beside neighbours where there is room.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from apitrail.console.words import percent, plural
from apitrail.inspect.geo import country_name

TILE = 30
"""The width and height of a square, its gap included."""
TONES = 5
"""Shades of a square, from few requests to many; each is some times as many as the one before."""

_ROWS = (
    "GL8 SJ15",
    "CA2 IS10 FO11 NO14 SE15 FI16 AX17 RU20",
    "PM6 IE10 GB11 IM12 DK14 LV16 EE17",
    "US2 JE10 GG11 NL13 DE14 PL15 LT16 BY17 KZ20 MN23",
    "BM6 FR11 BE12 LU13 CZ14 SK15 UA16 MD17 GE18 UZ20 KG21 CN23 KP25 JP26",
    "MX2 CU4 BS5 TC6 PT9 ES10 AD11 MC12 CH13 LI14 AT15 HU16 RO17 AM18 AZ19 TM20 TJ21 KR25",
    "GT2 BZ3 KY4 HT5 DO6 PR7 VG8 GI10 IT12 SM13 SI14 HR15 RS16 BG17 TR18 IR20 AF21 PK22 NP23 BT24 MO25 TW26",
    "SV2 HN3 JM4 VI6 AI7 MF8 MT12 VA13 BA14 ME15 MK16 CY17 LB18 SY19 IQ20 IN22 BD23 MM24 LA25 HK26",
    "NI3 BQ5 KN6 AG7 SX8 AL14 GR15 IL18 JO19 KW20 BH21 MV22 LK23 TH24 KH25 VN26 MP28",
    "CR3 PA4 CW5 MS6 GP7 DM8 MA9 DZ10 TN11 LY12 EG13 PS18 SA19 QA20 AE21 IO22 MY24 BN25 PH27 GU28",
    "CO3 VE4 VC5 MQ6 LC7 EH8 MR9 ML10 NE11 TD12 SD13 ER14 YE19 OM20 SG24 ID25 PW27 FM28 MH29",
    "EC2 GY4 TT5 GD6 BB7 SN8 GM9 BF10 NG11 CF12 SS13 ET14 DJ15 CV1 TL25 PG26 SB28 NR29 KI30",
    "PE2 BR4 SR5 GF6 GW7 GN8 CI9 GH10 BJ11 CM12 UG13 KE14 SO15 CC23 CX24 AU26 VU28 TV29 TK30",
    "BO3 PY4 SL8 LR9 TG10 GQ11 CG12 RW13 TZ14 SC16 NC27 FJ28 WF29 WS30 AS31",
    "CL2 AR3 UY4 SH9 ST10 GA11 CD12 BI13 MW14 KM15 YT16 TO29 NU30 CK31",
    "FK3 AO12 ZM13 MZ14 MG16 RE17 MU18 NF27 NZ28 PF31",
    "GS6 NA12 BW13 ZW14 AW0 BL1 PN31",
    "LS12 ZA13 SZ14 TF17 AQ20",
)
"""Codes of ISO 3166 with the column of their square, row by row from the north."""


@lru_cache(maxsize=1)
def _places() -> Mapping[str, tuple[int, int]]:
    """The column and row of every country on the map."""
    return {one[:2]: (int(one[2:]), row) for row, line in enumerate(_ROWS) for one in line.split()}


def content(counts: Mapping[str, int], link: Callable[[str], str], noun: str) -> dict[str, Any]:
    """The map, and the countries on it with the most requests as a list; `counts` are requests by country.

    `link` gives the address of the requests of a country, `noun` is what is counted.
    """
    whole = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        {"title": country_name(code), "url": link(code), "count": n, "share": n / whole, "whole": whole} for code, n in ordered
    ]
    return {"picture": _map(dict(ordered), whole, link, noun), "rows": rows}


def _map(counts: Mapping[str, int], whole: int, link: Callable[[str], str], noun: str) -> Markup:
    places = _places()
    columns, lines = max(column for column, _ in places.values()) + 1, len(_ROWS)
    empty = "".join(_square(place) for code, place in places.items() if code not in counts)
    most = max(counts.values(), default=1)
    tiles = Markup("").join(
        _tile(code, places[code], n, _tone(n, most), whole, link(code), noun) for code, n in counts.items() if code in places
    )
    label = f"{plural(whole, noun)} from {plural(len(counts), 'country')}".replace("countrys", "countries")
    return Markup(
        '<svg class="world" viewBox="0 0 {} {}" role="group" aria-label="{}"><path class="hit empty" d="{}"/>{}</svg>'
    ).format(columns * TILE, lines * TILE, label, empty, tiles)


def _square(place: tuple[int, int]) -> str:
    size = TILE - 3
    return f"M{place[0] * TILE} {place[1] * TILE}h{size}v{size}h-{size}z"


def _tile(code: str, place: tuple[int, int], n: int, tone: int, whole: int, url: str, noun: str) -> Markup:
    words = f"{country_name(code)}: {plural(n, noun)}, {percent(n, whole)}"
    x, y = place[0] * TILE, place[1] * TILE
    return Markup(
        '<a href="{}" aria-label="{}"><title>{}</title><path class="tone{}" d="{}"/><text x="{}" y="{}">{}</text></a>'
    ).format(url, words, words, tone, _square(place), x + (TILE - 3) / 2, y + TILE / 2 + 3, code)


def _tone(n: int, most: int) -> int:
    """From 1 to TONES, by the logarithm."""
    return TONES if most <= 1 else 1 + round((TONES - 1) * math.log(max(n, 1)) / math.log(most))
