"""The engines that the same tests run against."""

ENGINES = ("chdb", "clickhouse")
"""chDB in this process, and ClickHouse's HTTP interface answered by the stand-in."""
