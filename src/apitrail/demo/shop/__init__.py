"""The shop itself: an ordinary FastAPI application with a few holes left open on purpose, over made-up data."""
