"""What every layer stands on: errors, seeds, parameters, canonical bytes."""
