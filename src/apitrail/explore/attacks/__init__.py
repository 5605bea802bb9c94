"""Attacks and incidents: findings grouped, counted, opened."""
