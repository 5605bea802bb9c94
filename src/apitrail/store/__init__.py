"""The only room that holds a client of the engine: schema, connections, exactly-once writing, records."""

from apitrail.store.store import Store
from apitrail.store.write import Written

__all__ = ["Store", "Written"]
