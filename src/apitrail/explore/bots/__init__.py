"""The bots that were found, listed and opened."""
