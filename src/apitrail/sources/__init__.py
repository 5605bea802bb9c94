"""Traffic in: one module per format, the contract, the registry, and how streams are opened and cut into blocks."""
