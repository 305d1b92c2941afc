"""Verification: a recorded result rebuilt in an empty room from committed sources, and compared byte for byte."""
