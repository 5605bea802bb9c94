"""The catalogue: one module a family of attacks, each a tuple of signatures with their own proof."""
