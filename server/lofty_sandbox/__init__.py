"""A stand-in for the Lofty API: same paths, shapes, errors and quirks, invented people only."""
