"""The nouns: exchange, session, endpoint, attack, and the field catalogue."""
