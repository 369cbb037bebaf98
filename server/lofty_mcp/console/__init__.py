"""The approval page: a small website on loopback where a person reads what waits and says yes or no."""

from lofty_mcp.console.serving import Console, open_console

__all__ = ["Console", "open_console"]
