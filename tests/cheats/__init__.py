"""Attempts to cheat, planted at every place where a study's own code runs."""
