"""The entry point: a server is started with as few imports as can be, every other command with typer."""

import gc
import os
import sys
from collections.abc import Sequence

from lofty_mcp.stderr import CommandError, say

_PLAIN = {"--sandbox": "sandbox", "--read-only": "read_only"}


def main() -> None:
    """Run the command line and leave with 0 (done), 1 (failed) or 2 (not understood)."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code.

    `lofty-mcp [serve]` with plain flags, as clients start it, does without typer: that takes a tenth of the time to
    the first answer.
    """
    from lofty_mcp.environment import load  # noqa: PLC0415 -- after `main`, so that --help is quick
    from lofty_mcp.settings import SettingsError  # noqa: PLC0415 -- after `main`, so that --help is quick

    flags = arguments[1:] if arguments[:1] == ["serve"] else arguments
    if not _PLAIN.keys() >= set(flags):
        from lofty_mcp.commands import run_command  # noqa: PLC0415 -- typer

        return run_command(arguments)
    try:
        settings = load(os.environ, **{_PLAIN[flag]: True for flag in flags})
        # imports leave no garbage, and looking for it takes a tenth of a start; `serve_stdio` begins to look again
        gc.disable()
        from lofty_mcp.serving import serve_stdio  # noqa: PLC0415 -- wrong settings are told at once

        return serve_stdio(settings)
    except SettingsError as error:
        say(str(error))
        return 2
    except CommandError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        # once it serves, a signal ends it well; here it has hardly begun
        say("stopped")
        return 1
    finally:
        gc.enable()
