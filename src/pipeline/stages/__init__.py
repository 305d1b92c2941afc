"""The steps of the graph. Stages never import each other: they share only files."""
