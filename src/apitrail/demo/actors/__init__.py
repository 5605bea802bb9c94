"""The people and programs that visit the shop: each module one kind, each actor `async def (client, clock, rng)`."""
