"""`python -m lofty_mcp` is `lofty-mcp`."""

from lofty_mcp.cli import main

if __name__ == "__main__":
    main()
