"""The MCP server: command line, settings, composition root, transports."""
