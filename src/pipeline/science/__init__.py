"""Pure science: data sets, models, training, search, statistics, costs."""
