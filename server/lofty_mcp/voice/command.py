"""`lofty-mcp voice`: what memos are heard by."""

import os
from typing import Annotated

import typer

from lofty_mcp.environment import load

app = typer.Typer(help="What spoken memos are heard by.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """Take what stands before a command."""


@app.command("setup", epilog="Example: lofty-mcp voice setup --model small")
def fetch(
    *,
    model: Annotated[
        str | None, typer.Option(help="Such as tiny, base, small, medium or large-v3; else LOFTY_MCP_VOICE_MODEL.")
    ] = None,
) -> int:
    """Fetch a speech model of faster-whisper, with a progress bar; nothing else ever does."""
    settings = load(os.environ)
    from lofty_mcp.voice.folder import engine  # noqa: PLC0415
    from lofty_mcp.voice.setup import setup  # noqa: PLC0415

    setup(settings.state_dir, model or settings.voice_model, typer.echo)
    typer.echo(f"Memos are now heard by {engine(settings).name}.")
    if settings.transcription_url:
        typer.echo("That is what LOFTY_MCP_TRANSCRIPTION_URL says; without it the model would hear them.")
    elif model and model != settings.voice_model:
        typer.echo(f"LOFTY_MCP_VOICE_MODEL={model} keeps it so, whatever other models are there.")
    return 0
