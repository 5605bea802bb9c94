"""Reading the value that stands at a point of an exchange: linear in its size, within named limits, never an error."""
