"""What the command line tells the person who runs it; stdout belongs to results and to the protocol."""

import sys


class CommandError(Exception):
    """A command cannot do what it was asked; the text is one line for the person who asked."""


def say(line: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"lofty-mcp: {' '.join(line.split())}\n")
    sys.stderr.flush()
