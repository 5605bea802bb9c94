"""Per exchange and pure: identity, masking, endpoints, geo, client, protocol; exchanges to rows."""
