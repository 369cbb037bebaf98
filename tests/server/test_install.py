import base64
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from lofty_mcp.clients import CLIENTS, Client, Machine, Platform, link, server_command, server_name
from lofty_mcp.install import client_named, install, installed_in, uninstall
from lofty_mcp.stderr import CommandError
from tests.server.command import run

COMMAND = ["/opt/lofty/lofty-mcp", "serve"]

READ: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}

BEFORE = {
    "json": '{\n  "theme": "dark",\n  "%s": {\n    "files": {\n      "command": "files"\n    }\n  }\n}\n',
    "toml": '# mine\nmodel = "o9"\n\n[%s.files]\ncommand = "files"\n\n# the last\n[profiles.fast]\nmodel = "o9-mini"\n',
    "yaml": "# mine\nGOOSE_MODEL: o9\n%s:\n  # keep\n  files:\n    args:\n    - x\n    cmd: files\nlast: 1\n",
}

every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


def linux(home: Path) -> Machine:
    return Machine("linux", home, {})


def put(client: Client, machine: Machine, *, sandbox: bool = False, dry_run: bool = False) -> str:
    told: list[str] = []
    install(client, machine, name=server_name(sandbox=sandbox), command=COMMAND, dry_run=dry_run, tell=told.append)
    return "\n".join(told)


def take(client: Client, machine: Machine, *, sandbox: bool = False, dry_run: bool = False) -> str:
    told: list[str] = []
    uninstall(client, machine, name=server_name(sandbox=sandbox), dry_run=dry_run, tell=told.append)
    return "\n".join(told)


def named(name: str) -> Client:
    client = client_named(name)
    assert client
    return client


def existing(client: Client, home: Path) -> tuple[Path, str]:
    path = client.path(linux(home))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = BEFORE[client.style] % client.section
    path.write_bytes(text.encode())
    return path, text


@every_client
def test_a_new_file_holds_the_server_alone(client: Client, tmp_path: Path) -> None:
    put(client, linux(tmp_path))
    path = client.path(linux(tmp_path))
    servers = READ[client.style](path.read_text(encoding="utf-8"))[client.section]
    assert list(servers) == ["lofty"]
    assert [servers["lofty"].get("command", servers["lofty"].get("cmd")), *servers["lofty"]["args"]] == COMMAND
    assert list(path.parent.iterdir()) == [path]


@every_client
def test_other_entries_comments_and_form_stay_and_a_round_trip_leaves_nothing(client: Client, tmp_path: Path) -> None:
    path, before = existing(client, tmp_path)
    told = put(client, linux(tmp_path))
    after = path.read_text(encoding="utf-8")
    then, now = READ[client.style](before), READ[client.style](after)
    lofty = now[client.section].pop("lofty")
    assert now == then
    assert lofty["args"] == ["serve"]
    kept = iter(after.splitlines())
    assert all(any(line.rstrip(",") == left.rstrip(",") for left in kept) for line in before.splitlines())
    assert f"+++ {path}" in told
    take(client, linux(tmp_path))
    assert path.read_text(encoding="utf-8").rstrip() == before.rstrip()


@every_client
def test_the_file_as_it_was_is_kept_each_time(client: Client, tmp_path: Path) -> None:
    path, before = existing(client, tmp_path)
    put(client, linux(tmp_path))
    between = path.read_bytes()
    put(client, linux(tmp_path), sandbox=True)
    assert path.with_name(f"{path.name}.backup-1").read_bytes() == before.encode()
    assert path.with_name(f"{path.name}.backup-2").read_bytes() == between


@every_client
def test_a_dry_run_shows_the_change_and_writes_nothing(client: Client, tmp_path: Path) -> None:
    path, before = existing(client, tmp_path)
    told = put(client, linux(tmp_path), dry_run=True)
    assert "lofty" in told
    assert told.endswith("Nothing was written.")
    assert path.read_text(encoding="utf-8") == before
    assert list(path.parent.iterdir()) == [path]


@every_client
def test_doing_it_twice_changes_nothing(client: Client, tmp_path: Path) -> None:
    put(client, linux(tmp_path))
    path = client.path(linux(tmp_path))
    once = path.read_bytes()
    assert "already has it" in put(client, linux(tmp_path))
    assert path.read_bytes() == once
    take(client, linux(tmp_path))
    gone = path.read_bytes()
    assert "does not have it" in take(client, linux(tmp_path))
    assert path.read_bytes() == gone


@every_client
def test_the_sandbox_stands_beside_the_real_one(client: Client, tmp_path: Path) -> None:
    put(client, linux(tmp_path))
    put(client, linux(tmp_path), sandbox=True)
    take(client, linux(tmp_path))
    servers = READ[client.style](client.path(linux(tmp_path)).read_text(encoding="utf-8"))[client.section]
    assert list(servers) == ["lofty-sandbox"]


@every_client
@pytest.mark.parametrize("content", [b'{"a": ', b"[[[", b"\xff\xfe\x00", b"- a\nb: [\n"])
def test_a_file_that_cannot_be_read_is_left_as_it_is(content: bytes, client: Client, tmp_path: Path) -> None:
    path, _ = existing(client, tmp_path)
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"left as it is|cannot be read"):
        put(client, linux(tmp_path))
    with pytest.raises(CommandError, match=r"left as it is|cannot be read"):
        take(client, linux(tmp_path))
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("codex", 'mcp_servers = { lofty = { command = "x" } }\n'),
        ("codex", '[mcp_servers]\nlofty = { command = "x" }\n'),
        ("codex", '[mcp_servers.lofty]\nargs = [\n[ "a" ],\n]\n'),
        ("codex", 'text = """\n[mcp_servers.lofty]\n"""\n'),
        ("goose", "extensions: {lofty: {cmd: x}}\n"),
        ("goose", "extensions:\n- lofty\n"),
        ("goose", "extensions:\n\tlofty:\n"),
        ("goose", "extensions:\n  a: 1\nextensions:\n  b: 1\n"),
    ],
)
def test_a_file_in_an_unusual_form_is_refused_rather_than_guessed_at(name: str, text: str, tmp_path: Path) -> None:
    path, _ = existing(named(name), tmp_path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match="left as it is"):
        take(named(name), linux(tmp_path))
    assert path.read_text(encoding="utf-8") == text


def test_sub_tables_of_a_server_go_with_it_and_comments_of_the_next_stay(tmp_path: Path) -> None:
    path, _ = existing(named("codex"), tmp_path)
    text = '[mcp_servers.lofty]\ncommand = "x"\n\n[mcp_servers."lofty".env]\nA = "b"\n\n# next\n[other]\nc = 1\n'
    path.write_text(text, encoding="utf-8")
    take(named("codex"), linux(tmp_path))
    assert path.read_text(encoding="utf-8").lstrip() == "# next\n[other]\nc = 1\n"


@pytest.mark.parametrize("empty", ["extensions:\n", "extensions: {}\n", "extensions: null # none\n", "a: 1", ""])
def test_a_list_of_servers_that_is_empty_takes_the_first(empty: str, tmp_path: Path) -> None:
    path, _ = existing(named("goose"), tmp_path)
    path.write_text(empty, encoding="utf-8")
    put(named("goose"), linux(tmp_path))
    assert list(yaml.safe_load(path.read_text(encoding="utf-8"))["extensions"]) == ["lofty"]
    take(named("goose"), linux(tmp_path))
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["extensions"] == {}


def test_a_link_to_the_settings_stays_a_link_and_their_mode_stays(tmp_path: Path) -> None:
    client = named("cursor")
    real = tmp_path / "dotfiles.json"
    real.write_text("{}", encoding="utf-8")
    real.chmod(0o640)
    path = client.path(linux(tmp_path))
    path.parent.mkdir()
    path.symlink_to(real)
    put(client, linux(tmp_path))
    assert path.is_symlink()
    assert "lofty" in json.loads(real.read_text(encoding="utf-8"))["mcpServers"]
    assert real.stat().st_mode & 0o777 == 0o640


@every_client
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_line_ends_and_a_byte_order_mark_stay_and_a_round_trip_leaves_every_byte(
    end: str, mark: str, client: Client, tmp_path: Path
) -> None:
    path, text = existing(client, tmp_path)
    before = (mark + text.replace("\n", end)).encode()
    path.write_bytes(before)
    put(client, linux(tmp_path))
    after = path.read_bytes().decode()
    assert after.count("\n") == after.count(end)
    assert after.count("\ufeff") == len(mark)
    assert after.startswith(mark)
    take(client, linux(tmp_path))
    assert path.read_bytes() == before


@every_client
@pytest.mark.parametrize("blank", ["", "\n", "\ufeff", " \r\n"])
def test_a_file_that_says_nothing_takes_the_server(blank: str, client: Client, tmp_path: Path) -> None:
    path, _ = existing(client, tmp_path)
    path.write_bytes(blank.encode())
    put(client, linux(tmp_path))
    assert "lofty" in READ[client.style](path.read_text(encoding="utf-8-sig"))[client.section]


@every_client
def test_a_file_that_its_owner_made_read_only_is_left_as_it_is(client: Client, tmp_path: Path) -> None:
    path, before = existing(client, tmp_path)
    path.chmod(0o444)
    with pytest.raises(CommandError, match="read-only"):
        put(client, linux(tmp_path))
    assert path.read_text(encoding="utf-8") == before
    assert list(path.parent.iterdir()) == [path]


def test_a_comment_below_the_server_stays_when_it_goes(tmp_path: Path) -> None:
    path, _ = existing(named("codex"), tmp_path)
    path.write_text('a = 1\n\n[mcp_servers.lofty]\ncommand = "x"\n\n# mine\n', encoding="utf-8")
    take(named("codex"), linux(tmp_path))
    assert path.read_text(encoding="utf-8") == "a = 1\n\n\n# mine\n"


def test_a_link_that_leads_to_no_file_yet_is_followed(tmp_path: Path) -> None:
    path, real = named("zed").path(linux(tmp_path)), tmp_path / "dotfiles" / "zed.json"
    path.parent.mkdir(parents=True)
    path.symlink_to(real)
    put(named("zed"), linux(tmp_path))
    assert path.is_symlink()
    assert "lofty" in real.read_text(encoding="utf-8")


@every_client
def test_what_a_client_writes_meanwhile_is_not_lost(client: Client, tmp_path: Path) -> None:
    path, before = existing(client, tmp_path)

    def meanwhile(_told: str) -> None:
        path.write_text(before + " ", encoding="utf-8")

    with pytest.raises(CommandError, match="just been changed"):
        install(client, linux(tmp_path), name="lofty", command=COMMAND, dry_run=False, tell=meanwhile)
    assert path.read_text(encoding="utf-8") == before + " "
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".gemini").write_text("", encoding="utf-8")
    done = run(tmp_path, "install", "gemini")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1


ROAMING, LIBRARY = "AppData/Roaming", "Library/Application Support"
PLACES = {
    "claude-desktop": (
        f"{LIBRARY}/Claude/claude_desktop_config.json",
        f"{ROAMING}/Claude/claude_desktop_config.json",
        ".config/Claude/claude_desktop_config.json",
    ),
    "claude-code": (".claude.json", ".claude.json", ".claude.json"),
    "cursor": (".cursor/mcp.json", ".cursor/mcp.json", ".cursor/mcp.json"),
    "vscode": (f"{LIBRARY}/Code/User/mcp.json", f"{ROAMING}/Code/User/mcp.json", ".config/Code/User/mcp.json"),
    "codex": (".codex/config.toml", ".codex/config.toml", ".codex/config.toml"),
    "gemini": (".gemini/settings.json", ".gemini/settings.json", ".gemini/settings.json"),
    "goose": (".config/goose/config.yaml", f"{ROAMING}/Block/goose/config/config.yaml", ".config/goose/config.yaml"),
    "windsurf": (
        ".codeium/windsurf/mcp_config.json",
        ".codeium/windsurf/mcp_config.json",
        ".codeium/windsurf/mcp_config.json",
    ),
    "zed": (".config/zed/settings.json", f"{ROAMING}/Zed/settings.json", ".config/zed/settings.json"),
}
"""Where each client's documents say that its settings are: on macOS, Windows and Linux."""


@every_client
def test_each_system_keeps_its_files_elsewhere(client: Client) -> None:
    home = Path("/home/alex")
    platforms: tuple[Platform, ...] = ("darwin", "win32", "linux")
    there = [client.path(Machine(platform, home, {})) for platform in platforms]
    assert there == [home / place for place in PLACES[client.name]]


def test_the_environment_moves_the_files() -> None:
    home = Path("/home/alex")
    assert named("zed").path(Machine("linux", home, {"XDG_CONFIG_HOME": "/x"})) == Path("/x/zed/settings.json")
    assert named("codex").path(Machine("darwin", home, {"CODEX_HOME": "/c"})) == Path("/c/config.toml")
    assert named("claude-code").path(Machine("linux", home, {"CLAUDE_CONFIG_DIR": "/c"})) == Path("/c/.claude.json")
    assert named("goose").path(Machine("win32", home, {"APPDATA": "/a"})) == Path("/a/Block/goose/config/config.yaml")
    assert named("zed").path(Machine("win32", home, {})) == home / "AppData/Roaming/Zed/settings.json"


def test_a_link_carries_the_whole_entry() -> None:
    cursor = link(named("cursor"), "lofty", COMMAND)
    assert cursor
    query = parse_qs(urlsplit(cursor).query)
    assert query["name"] == ["lofty"]
    assert json.loads(base64.b64decode(query["config"][0])) == {"command": COMMAND[0], "args": ["serve"]}
    vscode = link(named("vscode"), "lofty", COMMAND)
    assert vscode
    told = json.loads(unquote(vscode.removeprefix("vscode:mcp/install?")))
    assert told == {"name": "lofty", "type": "stdio", "command": COMMAND[0], "args": ["serve"]}
    assert link(named("zed"), "lofty", COMMAND) is None
    assert link(named("zed"), "lofty", COMMAND, on_web=True) is None


def test_the_clients_that_have_it_are_found(tmp_path: Path) -> None:
    put(named("goose"), linux(tmp_path))
    put(named("vscode"), linux(tmp_path), sandbox=True)
    named("cursor").path(linux(tmp_path)).parent.mkdir()
    named("cursor").path(linux(tmp_path)).write_text("{", encoding="utf-8")
    assert installed_in(linux(tmp_path), "default") == (["VS Code", "Goose"], ["Cursor"])


def test_accounts_stand_side_by_side_and_the_client_starts_each_with_its_profile(tmp_path: Path) -> None:
    for profile in ("", "second"):
        arguments = ["--profile", profile] if profile else []
        assert run(tmp_path, "install", "claude-code", *arguments).returncode == 0
    servers = json.loads((tmp_path / ".claude.json").read_text(encoding="utf-8"))["mcpServers"]
    assert servers["lofty"]["args"][-1] == "serve"
    assert servers["lofty-second"]["args"][-3:] == ["serve", "--profile", "second"]
    assert run(tmp_path, "uninstall", "claude-code").returncode == 0
    assert installed_in(linux(tmp_path), "second") == (["Claude Code"], [])
    assert installed_in(linux(tmp_path), "default") == ([], [])


def test_a_profile_that_cannot_be_one_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    done = run(tmp_path, "install", "claude-code", "--profile", "../x")
    assert done.returncode == 2
    assert "--profile must be" in done.stderr
    assert not (tmp_path / ".claude.json").exists()


def test_what_is_installed_really_starts_and_holds_no_secret(tmp_path: Path) -> None:
    done = run(tmp_path, "install", "claude-code", "--sandbox", variables={"LOFTY_API_KEY": "key-5550100"})
    assert done.returncode == 0
    written = (tmp_path / ".claude.json").read_text(encoding="utf-8")
    assert "key-5550100" not in written + done.stdout
    entry = json.loads(written)["mcpServers"]["lofty-sandbox"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-2:] == ["serve", "--sandbox"]
    assert server_command(sandbox=True) == [entry["command"], *entry["args"]]
    gone = run(tmp_path, "uninstall", "claude-code", "--sandbox")
    assert gone.returncode == 0
    assert json.loads((tmp_path / ".claude.json").read_text(encoding="utf-8")) == {"mcpServers": {}}
