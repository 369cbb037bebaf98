"""Other people's words, made fit to stand in a finding."""

from lofty_crm.policy.characters import without_hidden


def excerpt(words: str, limit: int = 80) -> str:
    """Quote words on one line, without hidden characters, at most `limit` characters of them."""
    line = " ".join(without_hidden(words)[0].split()).replace('"', "'")
    return f'"{line}"' if len(line) <= limit else f'"{line[:limit].rstrip()} ..."'
