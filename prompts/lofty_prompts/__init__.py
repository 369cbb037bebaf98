"""Prompts as Markdown files with front matter, and their loader."""
