"""JSON over HTTP: the same answers as everywhere, under /api/v1."""
