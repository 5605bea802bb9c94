"""Bots: how sessions behave, what is normal, which detectors fire, and what they add up to."""
