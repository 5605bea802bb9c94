"""Who may come in: roles, API tokens, sign-in links and cookie sessions, and the checks on every request."""
