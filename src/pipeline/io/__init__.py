"""Artefacts on disk: canonical writers, code and environment identity, receipts."""
