"""Specifications of APIs: read from OpenAPI documents, compared with traffic, enforced on it (D6, A1.3)."""
