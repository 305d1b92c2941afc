"""A study from raw data to report, every artefact of which can be rebuilt bit for bit."""
