"""The only pipeline: sources -> inspect -> store, for files and for live traffic."""
