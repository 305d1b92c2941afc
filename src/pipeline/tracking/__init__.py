"""Trackers: what is true here, projected onto MLflow, W&B or DVCLive; never the source of anything."""
