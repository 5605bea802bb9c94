"""The API behind the sessions: its inventory, its risks, its specification."""
