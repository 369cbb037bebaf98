"""Writing the server into a client's settings: the change is shown, the file before it is kept."""

import codecs
import difflib
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from lofty_mcp.clients import CLIENTS, Client, Machine, server_name
from lofty_mcp.jsonc import UnreadableError
from lofty_mcp.stderr import CommandError


def client_named(name: str) -> Client | None:
    """Return the client of that name."""
    return next((client for client in CLIENTS if client.name == name), None)


def install(
    client: Client, machine: Machine, *, name: str, command: list[str], dry_run: bool, tell: Callable[[str], None]
) -> None:
    """Add the server to a client's settings, or replace what is there of it.

    Raises:
        CommandError: the file cannot be read, changed safely or written; it is as it was.
    """
    path = client.path(machine)
    before = _text(path)
    after = _changed(path, lambda: client.put(before, name, command))
    if after == before:
        tell(f"{client.title} already has it; nothing changed.")
        return
    _apply(path, before, after, dry_run=dry_run, tell=tell)
    if not dry_run:
        tell(f"{client.title} now has `{name}`. {client.next_step}")


def uninstall(client: Client, machine: Machine, *, name: str, dry_run: bool, tell: Callable[[str], None]) -> None:
    """Take the server out of a client's settings.

    Raises:
        CommandError: the file cannot be read, changed safely or written; it is as it was.
    """
    path = client.path(machine)
    before = _text(path)
    after = _changed(path, lambda: client.drop(before, name))
    if after == before:
        tell(f"{client.title} does not have it; nothing changed.")
        return
    _apply(path, before, after, dry_run=dry_run, tell=tell)
    if not dry_run:
        tell(f"{client.title} no longer has `{name}`. {client.next_step}")


def installed_in(machine: Machine, profile: str) -> tuple[list[str], list[str]]:
    """Return the titles of the clients that list the server, and of those whose file cannot be read."""
    names = {server_name(sandbox=True), server_name(sandbox=False), server_name(sandbox=False, profile=profile)}
    having: list[str] = []
    unreadable: list[str] = []
    for client in CLIENTS:
        try:
            text = _text(client.path(machine))
            if any(client.has(text, name) for name in names):
                having.append(client.title)
        except (CommandError, UnreadableError):
            unreadable.append(client.title)
    return having, unreadable


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{path} cannot be read; nothing changed") from None


def _changed(path: Path, change: Callable[[], str]) -> str:
    try:
        return change()
    except UnreadableError as error:
        raise CommandError(f"{path} was left as it is: {error}") from None


def _apply(path: Path, before: str, after: str, *, dry_run: bool, tell: Callable[[str], None]) -> None:
    tell(_difference(path, before, after))
    if dry_run:
        tell("Nothing was written.")
        return
    try:
        # a link to a file elsewhere, as people keep their settings in a repository, stays a link
        real = path.resolve()
        real.parent.mkdir(parents=True, exist_ok=True)
        if _text(real) != before:
            raise CommandError(f"{path} has just been changed by someone else; nothing changed, try again")
        if not real.exists():
            _write(real, after.encode(), mode=0o600)
            return
        content, mode = real.read_bytes(), real.stat().st_mode
        if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise CommandError(f"{path} is read-only, so someone or something else keeps it; nothing changed")
        kept = _free_name(real)
        _write(kept, content, mode=mode)
        tell(f"The file as it was is kept as {kept}")
        mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
        _write(real, mark + after.encode(), mode=mode)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}); it is as it was") from None


def _difference(path: Path, before: str, after: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), n=2, lineterm="")
    return "\n".join(lines)


def _free_name(path: Path) -> Path:
    number = 1
    while (kept := path.with_name(f"{path.name}.backup-{number}")).exists():
        number += 1
    return kept


def _write(path: Path, content: bytes, *, mode: int) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
    try:
        part.write_bytes(content)
        part.chmod(mode & 0o7777)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
