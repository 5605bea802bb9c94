"""A small web shop with its customers, staff, machines and attackers: traffic to look at before there is any."""
