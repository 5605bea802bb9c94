"""Attacks in one exchange: every value looked at, once, by patterns and then by checks that know the language."""
