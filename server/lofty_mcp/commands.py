"""The commands that a person types. Each imports what it needs when it runs, so that none waits for the others."""

import os
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio
import typer

from lofty_crm.api.errors import LoftyError
from lofty_crm.outbox.message import OutboxError
from lofty_mcp import credentials, logs
from lofty_mcp.clients import CLIENTS, Client, Machine, link, server_command, server_name
from lofty_mcp.environment import load
from lofty_mcp.install import client_named, install, uninstall
from lofty_mcp.sandboxed import NoSandboxError
from lofty_mcp.settings import TOOLSETS, Settings, SettingsError
from lofty_mcp.stderr import CommandError, say
from lofty_mcp.voice.command import app as voice

app = typer.Typer(
    name="lofty-mcp",
    help="An MCP server for the Lofty CRM. No message leaves without a person's yes to its exact words.",
    epilog="Without a command it serves MCP over stdio, as clients start it. Try: lofty-mcp demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Sandbox = Annotated[bool | None, typer.Option("--sandbox", help="Use an invented CRM in place of Lofty.")]
Profile = Annotated[str | None, typer.Option(help="Which stored credential to use, for people with several.")]
Toolsets = Annotated[str | None, typer.Option(help=f"Offer only some of {', '.join(TOOLSETS)}; separated by commas.")]
MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id, from `lofty-mcp outbox`.")]

ClientName = Annotated[
    str,
    typer.Argument(metavar="CLIENT", help=f"One of {', '.join(each.name for each in CLIENTS)}.", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the change and write nothing.")]

_GROUP_FLAGS = {"--help", "-h", "--version"}


def run_command(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; what goes wrong is said in one line on stderr."""
    words = list(arguments)
    if words and words[0].startswith("-") and words[0] not in _GROUP_FLAGS:
        words.insert(0, "serve")
    try:
        return int(app(words, standalone_mode=False) or 0)
    except typer.TyperException as error:
        # a group without a command has shown its help
        if wrong := error.format_message().replace("Value error, ", ""):
            say(f"{wrong} (`lofty-mcp --help` lists what there is)")
        return 2
    except SettingsError as error:
        say(str(error))
        return 2
    except (CommandError, NoSandboxError, LoftyError, OutboxError) as error:
        say(str(error))
        return 1
    except (typer.Abort, KeyboardInterrupt):
        say("stopped")
        return 1


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("lofty-mcp"))
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version.")
    ] = False,
) -> None:
    """Take what stands before a command."""


@app.command(epilog="Example: lofty-mcp serve --transport http --port 8000 --read-only")
def serve(
    *,
    transport: Annotated[Literal["stdio", "http"], typer.Option(help="How clients reach it.")] = "stdio",
    host: Annotated[
        str,
        typer.Option(help="Where HTTP listens; beyond this machine it needs a public URL, and a token or an issuer."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port for HTTP; 0 takes a free one.")] = 8000,
    sandbox: Sandbox = None,
    read_only: Annotated[bool | None, typer.Option("--read-only", help="Offer only the tools that read.")] = None,
    toolsets: Toolsets = None,
    profile: Profile = None,
) -> int:
    """Serve MCP (the default command)."""
    settings = load(os.environ, sandbox=sandbox, read_only=read_only, toolsets=toolsets, profile=profile)
    from lofty_mcp.serving import serve_http, serve_stdio  # noqa: PLC0415

    return serve_stdio(settings) if transport == "stdio" else serve_http(settings, host=host, port=port)


@app.command(epilog="Example: lofty-mcp demo")
def demo() -> int:
    """Show the main job on an invented CRM, through a real MCP client; it asks before it "sends"."""
    from lofty_mcp.demo import run  # noqa: PLC0415

    return anyio.run(run)


@app.command(epilog="Example: lofty-mcp sandbox --port 8400 --dialect guide")
def sandbox(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8400,
    dialect: Annotated[Literal["reference", "guide"], typer.Option(help="Which description to follow.")] = "reference",
) -> int:
    """Serve the invented CRM alone, for trying out programs that speak to Lofty."""
    from lofty_mcp.standalone import run_sandbox  # noqa: PLC0415

    anyio.run(run_sandbox, port, dialect)
    return 0


@app.command(epilog="Example: lofty-mcp tools --read-only")
def tools(
    *,
    read_only: Annotated[bool | None, typer.Option("--read-only", help="List only the tools that read.")] = None,
    toolsets: Toolsets = None,
) -> int:
    """List the tools that an assistant is offered, by the settings and these flags."""
    settings = load(os.environ, read_only=read_only, toolsets=toolsets)
    from lofty_mcp.listing import tool_table  # noqa: PLC0415

    typer.echo(tool_table(read_only=settings.read_only, toolsets=settings.domains))
    return 0


@app.command(epilog='Example: lofty-mcp note memo.m4a --lead "Jane Hollis"')
def note(
    memo: Annotated[Path, typer.Argument(metavar="MEMO", help="A recording: m4a, mp3, ogg or wav.")],
    *,
    lead: Annotated[str, typer.Option(help="Offer to keep the words as a note on this lead.")] = "",
    sandbox: Sandbox = None,
    profile: Profile = None,
) -> int:
    """Turn a spoken memo into words, here or on a server that you set (extra `voice`); a note only after your yes."""
    from lofty_mcp.voice.note import note as run  # noqa: PLC0415

    return _with_account(run, sandbox=sandbox, profile=profile, memo=memo, name=lead)


@app.command(epilog="Example: lofty-mcp outbox --all")
def outbox(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also list what was sent, rejected or expired.")] = False,
    sandbox: Sandbox = None,
    profile: Profile = None,
) -> int:
    """List the messages that wait for a person."""
    from lofty_mcp.terminal import show_outbox  # noqa: PLC0415

    return _with_outbox(show_outbox, sandbox=sandbox, profile=profile, everything=everything)


@app.command(epilog="Example: lofty-mcp approve")
def approve(
    message: Annotated[str | None, typer.Argument(metavar="[MESSAGE]", help="One message; else each in turn.")] = None,
    *,
    sandbox: Sandbox = None,
    profile: Profile = None,
) -> int:
    """Read what waits, and say yes or no at this terminal."""
    from lofty_mcp.terminal import approve as approve_at_terminal  # noqa: PLC0415

    return _with_outbox(approve_at_terminal, sandbox=sandbox, profile=profile, message_id=message)


@app.command(epilog="Example: lofty-mcp reject m-7k2p9q4x")
def reject(message: MessageId, *, sandbox: Sandbox = None, profile: Profile = None) -> int:
    """Say no to a message that waits."""
    from lofty_mcp.terminal import reject as reject_at_terminal  # noqa: PLC0415

    return _with_outbox(reject_at_terminal, sandbox=sandbox, profile=profile, message_id=message)


@app.command(epilog="Example: lofty-mcp console")
def console(*, sandbox: Sandbox = None, profile: Profile = None) -> int:
    """Open the approval page in your browser, and serve it until Ctrl-C."""
    from lofty_mcp.page import run_console  # noqa: PLC0415

    return _with_account(run_console, needed=True, sandbox=sandbox, profile=profile)


@app.command(epilog="Example: lofty-mcp stop")
def stop(*, sandbox: Sandbox = None, profile: Profile = None) -> int:
    """Stop all sending at once, whatever has been approved."""
    from lofty_mcp.terminal import stop as stop_sending  # noqa: PLC0415

    return _with_outbox(stop_sending, sandbox=sandbox, profile=profile)


@app.command(epilog="Example: lofty-mcp resume")
def resume(*, sandbox: Sandbox = None, profile: Profile = None) -> int:
    """Let messages be approved and sent again; what was approved before needs a new yes."""
    from lofty_mcp.terminal import resume as resume_sending  # noqa: PLC0415

    return _with_outbox(resume_sending, sandbox=sandbox, profile=profile)


app.add_typer(voice, name="voice")
audit = typer.Typer(help="The record of what was approved and sent.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command(epilog="Example: lofty-mcp audit verify")
def verify(*, sandbox: Sandbox = None, profile: Profile = None) -> int:
    """Check that no step of the record was changed, removed or added afterwards."""
    from lofty_mcp.record import verify as verify_record  # noqa: PLC0415

    return _with_account(verify_record, needed=True, sandbox=sandbox, profile=profile)


@audit.command(epilog="Example: lofty-mcp audit export --format csv --out sent.csv")
def export(
    *,
    style: Annotated[Literal["jsonl", "csv"], typer.Option("--format", help="JSON Lines, or CSV.")] = "jsonl",
    out: Annotated[Path | None, typer.Option(help="A new file; else it is printed.")] = None,
    sandbox: Sandbox = None,
    profile: Profile = None,
) -> int:
    """Write who approved what, when and how, what was sent to whom, what came back, and who stopped sending."""
    from lofty_mcp.record import export as export_record  # noqa: PLC0415

    return _with_account(export_record, needed=True, sandbox=sandbox, profile=profile, style=style, out=out)


@audit.command("note", epilog="Example: lofty-mcp audit note 480213577300103")
def kept_note(
    note_id: Annotated[str, typer.Argument(metavar="NOTE", help="The note's id, from the assistant's receipt.")],
    *,
    sandbox: Sandbox = None,
    profile: Profile = None,
) -> int:
    """Print what a note said before an assistant changed or deleted it."""
    from lofty_mcp.record import show_note  # noqa: PLC0415

    return _with_account(show_note, needed=True, sandbox=sandbox, profile=profile, note_id=note_id)


@app.command(epilog="Example: lofty-mcp doctor --json")
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    sandbox: Sandbox = None,
    profile: Profile = None,
) -> int:
    """Check everything that the server needs, and say what to do about what is wrong."""
    from lofty_mcp.doctor import examine  # noqa: PLC0415

    report = anyio.run(examine, _settings(sandbox=sandbox, profile=profile))
    typer.echo(report.json() if as_json else report.text())
    return 0 if report.ok else 1


@app.command(epilog="Example: lofty-mcp login --profile second")
def login(
    *,
    oauth: Annotated[
        bool, typer.Option("--oauth", help="Log in through your browser, with an app of yours (LOFTY_MCP_OAUTH_...).")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="With --oauth, the port of the app's redirect address; 0 takes any.")
    ] = 8417,
    profile: Profile = None,
) -> int:
    """Ask for your Lofty API key, check it, and keep it in the keyring."""
    settings = _settings(profile=profile)
    if oauth:
        from lofty_mcp.oauth_login import Way, login_by_oauth  # noqa: PLC0415
        from lofty_mcp.page import can_show, open_browser  # noqa: PLC0415

        return anyio.run(login_by_oauth, settings, Way(open_browser if can_show(os.environ) else None, port))
    from lofty_mcp.login import login as log_in  # noqa: PLC0415

    return anyio.run(log_in, settings)


@app.command(epilog="Example: lofty-mcp logout --profile second")
def logout(*, profile: Profile = None) -> int:
    """Forget the stored credential."""
    gone = credentials.forget(_settings(profile=profile).profile)
    say("removed from " + " and ".join(gone) if gone else "nothing was stored")
    return 0


@app.command("install", epilog="Example: lofty-mcp install claude-desktop --dry-run")
def install_client(
    client: ClientName = "",
    *,
    sandbox: Sandbox = None,
    profile: Profile = None,
    dry_run: DryRun = False,
    as_link: Annotated[bool, typer.Option("--link", help="Print a link that installs it; Cursor and VS Code.")] = False,
) -> int:
    """Let a client start this server: shows the change to its settings, keeps the old file, then writes."""
    chosen, name = _client(client), _server_name(sandbox, profile)
    command = server_command(sandbox=bool(sandbox), profile=profile)
    if as_link:
        address = link(chosen, name, command)
        if address is None:
            raise SettingsError(f"there are no links for {chosen.title}; leave --link out")
        typer.echo(address)
        return 0
    install(chosen, Machine.this(os.environ), name=name, command=command, dry_run=dry_run, tell=typer.echo)
    return 0


@app.command("uninstall", epilog="Example: lofty-mcp uninstall claude-desktop")
def uninstall_client(
    client: ClientName = "", *, sandbox: Sandbox = None, profile: Profile = None, dry_run: DryRun = False
) -> int:
    """Take this server out of a client's settings."""
    name = _server_name(sandbox, profile)
    uninstall(_client(client), Machine.this(os.environ), name=name, dry_run=dry_run, tell=typer.echo)
    return 0


def _server_name(sandbox: bool | None, profile: str | None) -> str:
    if profile is not None:
        load({}, profile=profile)
    return server_name(sandbox=bool(sandbox), profile=profile)


def _client(name: str) -> Client:
    found = client_named(name)
    if found is None:
        raise SettingsError(f"CLIENT must be one of {', '.join(client.name for client in CLIENTS)}")
    return found


def _settings(**flags: Any) -> Settings:
    settings = load(os.environ, **flags)
    logs.configure(level=settings.log_level, style=settings.log_format)
    return settings


def _with_account(
    command: Any, *, sandbox: bool | None, profile: str | None, needed: bool = False, **arguments: Any
) -> int:
    """Run a command on one account, or on the newest sandbox; `needed` says that it cannot do without a credential."""
    return _run(command, _settings(sandbox=sandbox, profile=profile), needed=needed, **arguments)


def _with_outbox(
    command: Any, *, sandbox: bool | None, profile: str | None, message_id: str | None = None, **arguments: Any
) -> int:
    """Run a command on the outbox of one account, or on those of all sandboxes that run."""
    settings = _settings(sandbox=sandbox, profile=profile)
    if settings.sandbox:
        from lofty_mcp.accounts import in_every_sandbox  # noqa: PLC0415

        return anyio.run(partial(in_every_sandbox, command, settings, message_id=message_id, **arguments))
    if message_id is not None:
        arguments["message_id"] = message_id
    return _run(command, settings, needed=True, **arguments)


def _run(command: Any, settings: Settings, *, needed: bool, **arguments: Any) -> int:
    from lofty_mcp.accounts import credential_of  # noqa: PLC0415

    credential = credential_of(settings, needed=needed)

    async def run() -> int:
        return await command(settings, credential, **arguments)

    return anyio.run(run)
