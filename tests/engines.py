"""The engines that the same tests run against."""

ENGINES = ("chdb", "clickhouse")
"""chDB in this process, and ClickHouse's HTTP interface answered by the stand-in."""

UNCOMPILED = {"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0}
"""Settings with which the engine interprets what it would compile for the third time it is asked."""
