"""What only many exchanges together can tell: learned templates, what is usual for an endpoint, the inventory."""
