"""Spoken memos into words, on this machine or by a server that the user configured."""
