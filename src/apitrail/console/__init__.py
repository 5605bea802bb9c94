"""HTML over HTTP: pages, templates, charts, and the links between them."""
