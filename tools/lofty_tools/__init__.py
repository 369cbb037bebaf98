"""What the assistant can do: one module a domain."""
