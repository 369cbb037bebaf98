"""The endpoints as Lofty's own API reference has them, one module a domain."""
