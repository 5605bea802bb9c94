"""What only many exchanges together can tell: learned templates, what is normal for an endpoint, how it all is kept up to date."""
