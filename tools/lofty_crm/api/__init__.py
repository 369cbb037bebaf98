"""A typed client of the Lofty API, both dialects."""
