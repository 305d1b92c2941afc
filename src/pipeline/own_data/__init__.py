"""A study from data of one's own: the data profiled, what cannot be studied refused, the folder written."""
