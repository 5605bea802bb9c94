"""Whether an attack worked: what in the response proves it (A3.1)."""
