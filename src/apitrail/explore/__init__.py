"""The answers: one module per question, typed, read-only."""
