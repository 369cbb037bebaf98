"""The card of a message inside the chat, for hosts that show MCP Apps. It shows; nothing on it can approve."""
