"""How this very installation is started again: by a client, and by a person in a terminal."""

import shlex
import shutil
import sys
from pathlib import Path

from lofty_mcp.settings import Settings

NAME = "lofty-mcp"


def in_a_cache() -> bool:
    """Whether uvx runs this: its environment may be emptied at any time, and lies on no terminal's path."""
    return any((folder / "CACHEDIR.TAG").exists() for folder in Path(sys.prefix).parents)


def approving(settings: Settings) -> str:
    """Return what a person types to decide about a message of this account, to be followed by its id."""
    return typed_for(settings, "approve")


def typed_for(settings: Settings, *command: str) -> str:
    """Return what a person types to run a command on the account that these settings name."""
    return typed(*command, *(["--sandbox"] if settings.sandbox else []), profile=settings.profile)


def typed(*words: str, profile: str = "default") -> str:
    """Return what a person types at a terminal of this machine to run a command of this installation."""
    return shlex.join([*_program(), *words, *([] if profile == "default" else ["--profile", profile])])


def _program() -> list[str]:
    if in_a_cache():
        return ["uvx", NAME]
    own = shutil.which(NAME, path=str(Path(sys.executable).parent))
    found = shutil.which(NAME)
    if found and (own is None or Path(own).samefile(found)):
        return [NAME]
    return [own] if own else [sys.executable, "-m", "lofty_mcp"]
