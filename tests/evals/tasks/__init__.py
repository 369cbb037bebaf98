"""Tasks as an agent would say them, by what they are about."""
