"""The programs that can use the server: where each keeps its list of servers, and how an entry looks there."""

import base64
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from lofty_mcp import jsonc, toml_block, yaml_block
from lofty_mcp.invocation import in_a_cache
from lofty_mcp.jsonc import UnreadableError

Platform = Literal["darwin", "win32", "linux"]


@dataclass(frozen=True)
class Machine:
    """Where this machine keeps a user's files."""

    platform: Platform
    home: Path
    environ: Mapping[str, str]

    @classmethod
    def this(cls, environ: Mapping[str, str]) -> "Machine":
        """Return the machine that the command runs on."""
        platform: Platform = "darwin" if sys.platform == "darwin" else "win32" if sys.platform == "win32" else "linux"
        return cls(platform, Path.home(), environ)

    @property
    def config(self) -> Path:
        """The folder in which programs keep their settings."""
        match self.platform:
            case "darwin":
                return self.home / "Library" / "Application Support"
            case "win32":
                return Path(self.environ.get("APPDATA") or self.home / "AppData" / "Roaming")
            case "linux":
                return self.dot_config

    @property
    def dot_config(self) -> Path:
        """The folder in which Unix programs keep their settings, on macOS too."""
        return Path(self.environ.get("XDG_CONFIG_HOME") or self.home / ".config")


@dataclass(frozen=True)
class Client:
    """A program that starts MCP servers."""

    name: str
    title: str
    style: Literal["json", "toml", "yaml"]
    section: str
    """The key under which the file lists its servers."""
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What an entry says beside the command and its arguments."""
    next_step: str = "Restart it."

    def path(self, machine: Machine) -> Path:
        """Return the client's settings file on a machine."""
        home, windows = machine.home, machine.platform == "win32"
        match self.name:
            case "claude-desktop":
                return machine.config / "Claude" / "claude_desktop_config.json"
            case "vscode":
                return machine.config / "Code" / "User" / "mcp.json"
            case "claude-code":
                return Path(machine.environ.get("CLAUDE_CONFIG_DIR") or home) / ".claude.json"
            case "codex":
                return Path(machine.environ.get("CODEX_HOME") or home / ".codex") / "config.toml"
            case "goose" if windows:
                return machine.config / "Block" / "goose" / "config" / "config.yaml"
            case "zed" if windows:
                return machine.config / "Zed" / "settings.json"
            case _:
                return (
                    machine.dot_config / _UNDER_DOT_CONFIG[self.name]
                    if self.name in _UNDER_DOT_CONFIG
                    else (home / _UNDER_HOME[self.name])
                )

    def entry(self, command: list[str]) -> dict[str, Any]:
        """Return what the file says of a server."""
        if self.style == "yaml":
            return {**self.extra, "cmd": command[0], "args": command[1:]}
        return {**self.extra, "command": command[0], "args": command[1:]}

    def put(self, text: str, name: str, command: list[str]) -> str:
        """Return the file's text with a server added or replaced, and nothing else changed.

        Raises:
            UnreadableError: the file cannot be read, or is written in a way that cannot be changed safely.
        """
        entry = self.entry(command)
        match self.style:
            case "json":
                changed = jsonc.put(text, [self.section, name], entry)
            case "toml":
                changed = toml_block.put(text, self.section, name, entry)
            case "yaml":
                return yaml_block.put(text, self.section, name, {**entry, "name": name})
        self._verify(text, changed, name, entry)
        return changed

    def drop(self, text: str, name: str) -> str:
        """Return the file's text without a server, and nothing else changed.

        Raises:
            UnreadableError: the file cannot be read, or is written in a way that cannot be changed safely.
        """
        match self.style:
            case "json":
                changed = jsonc.drop(text, [self.section, name])
            case "toml":
                changed = toml_block.drop(text, self.section, name)
            case "yaml":
                return yaml_block.drop(text, self.section, name)
        self._verify(text, changed, name, None)
        return changed

    def has(self, text: str, name: str) -> bool:
        """Return whether the file lists a server of that name.

        Raises:
            UnreadableError: the file cannot be read.
        """
        if self.style == "yaml":
            return yaml_block.has(text, self.section, name)
        return name in _servers(self._read(text), self.section)

    def _read(self, text: str) -> Any:
        return jsonc.read(text) if self.style == "json" else toml_block.read(text)

    def _verify(self, before: str, after: str, name: str, entry: dict[str, Any] | None) -> None:
        expected, found = self._read(before), self._read(after)
        there = _servers(expected, self.section)
        if entry is not None:
            expected = {**expected, self.section: {**there, name: entry}}
        elif name in there:
            del expected[self.section][name]
            if not expected[self.section] and self.section not in found:
                del expected[self.section]
        if found != expected:
            raise UnreadableError("it is written in a way that cannot be changed safely")


CLIENTS = (
    Client("claude-desktop", "Claude Desktop", "json", "mcpServers"),
    Client("claude-code", "Claude Code", "json", "mcpServers", {"type": "stdio"}, "Start a new session."),
    Client("cursor", "Cursor", "json", "mcpServers"),
    Client("vscode", "VS Code", "json", "servers", {"type": "stdio"}, "Start it from the MCP list of its chat."),
    Client("codex", "Codex", "toml", "mcp_servers", next_step="Start a new session."),
    Client("gemini", "Gemini CLI", "json", "mcpServers", next_step="Start a new session."),
    Client("goose", "Goose", "yaml", "extensions", {"enabled": True, "type": "stdio", "timeout": 300, "envs": {}}),
    Client("windsurf", "Windsurf", "json", "mcpServers"),
    Client("zed", "Zed", "json", "context_servers", {"source": "custom", "env": {}}),
)
"""All clients known, with the files that their documents name."""

_UNDER_HOME = {
    "cursor": ".cursor/mcp.json",
    "gemini": ".gemini/settings.json",
    "windsurf": ".codeium/windsurf/mcp_config.json",
}
_UNDER_DOT_CONFIG = {"goose": "goose/config.yaml", "zed": "zed/settings.json"}


def server_name(*, sandbox: bool, profile: str | None = None) -> str:
    """Return the name under which a client lists the server; the sandbox and each account can stand side by side."""
    return "lofty-sandbox" if sandbox else f"lofty-{profile}" if profile else "lofty"


def server_command(*, sandbox: bool, profile: str | None = None) -> list[str]:
    """Return how a client starts this server: with absolute paths, as desktop programs search few folders."""
    arguments = ["serve", *(["--sandbox"] if sandbox else []), *(["--profile", profile] if profile else [])]
    if in_a_cache():
        return [shutil.which("uvx") or "uvx", "lofty-mcp", *arguments]
    script = shutil.which("lofty-mcp", path=str(Path(sys.executable).parent)) or shutil.which("lofty-mcp")
    return [script, *arguments] if script else [sys.executable, "-m", "lofty_mcp", *arguments]


def link(client: Client, name: str, command: list[str], *, on_web: bool = False) -> str | None:
    """Return a link that installs the server with one click; None where the client has none.

    Args:
        client: who is to install it.
        name: the server's name there.
        command: what starts it.
        on_web: a link by way of the client's website, for pages that show no others, as GitHub's.
    """
    entry = client.entry(command)
    if client.name == "cursor":
        at = "https://cursor.com/en/install-mcp" if on_web else "cursor://anysphere.cursor-deeplink/mcp/install"
        return f"{at}?name={quote(name)}&config={quote(base64.b64encode(json.dumps(entry).encode()).decode(), safe='')}"
    if client.name == "vscode" and on_web:
        config = quote(json.dumps(entry), safe="")
        return f"https://vscode.dev/redirect/mcp/install?name={quote(name)}&config={config}"
    if client.name == "vscode":
        return f"vscode:mcp/install?{quote(json.dumps({'name': name, **entry}), safe='')}"
    return None


def _servers(data: Any, section: str) -> dict[str, Any]:
    servers = data.get(section, {}) if isinstance(data, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- someone else's file
    if not isinstance(servers, dict):
        raise UnreadableError(f"`{section}` is no list of servers")
    return servers  # pyright: ignore[reportUnknownVariableType] -- someone else's file
