"""Writes what is generated in the documents (`python -m tests.readme --write`); `--command NAME` prints one command."""

import argparse
import json
import re
import sys
from pathlib import Path

from lofty_mcp.clients import CLIENTS, Client, Machine, Platform, link, server_name
from lofty_mcp.environment import settings_table
from lofty_prompts.loader import PromptTemplate, load_prompts
from lofty_tools.catalogue import ALL_TOOLS, MEMO_TOOLS
from lofty_tools.tool import Effect
from tests.clients.place import CLAUDE_CODE, FRAMEWORKS

README = Path(__file__).parent.parent / "README.md"
GENERATED = (README, README.parent / "docs" / "clients.md")
"""The documents with generated parts."""
EFFECTS = {
    Effect.READ: "reads",
    Effect.WRITE: "writes",
    Effect.DELETE: "deletes, asks first",
    Effect.SEND: "sends, asks first",
}


def generated() -> dict[str, str]:
    """Return the parts that the code knows better than a person."""
    tools = ["| tool | effect | what it does |", "| --- | --- | --- |"]
    tools += [f"| `{t.name}` | {EFFECTS[t.effect]} | {t.description.splitlines()[0]} |" for t in ALL_TOOLS]
    tools += [
        f"| `{t.name}` | {EFFECTS[t.effect]}, with `LOFTY_MCP_MEMO_DIR` | {t.description.splitlines()[0]} |"
        for t in MEMO_TOOLS
    ]
    prompts = ["| prompt | asks for | what it does |", "| --- | --- | --- |"]
    prompts += [f"| `{p.name}` | {_asked(p)} | {p.description} |" for p in load_prompts()]
    settings = ["| variable | values | default | what for |", "| --- | --- | --- | --- |"]
    settings += [f"| `{s.variable}` | {s.values} | {s.default} | {s.purpose} |" for s in settings_table()]
    name, command = server_name(sandbox=True), ["lofty-mcp", "serve", "--sandbox"]
    links = [(client.title, link(client, name, command, on_web=True)) for client in CLIENTS]
    clients = ["| client | `CLIENT` | macOS | Windows | Linux |", "| --- | --- | --- | --- | --- |"]
    clients += [f"| {c.title} | `{c.name}` | {' | '.join(_places(c))} |" for c in CLIENTS]
    npm: dict[str, str] = json.loads((Path(__file__).parent / "clients" / "package.json").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    tried = [f"`{name} {version}`" for name, version in npm.items()]
    tried += [f"`{requirement.replace('==', ' ')}`" for requirement in (*FRAMEWORKS.values(), CLAUDE_CODE)]
    return {
        "clients": "\n".join(clients),
        "tried": ", ".join(tried) + ".",
        "links": " · ".join(f"[Add to {title}]({address})" for title, address in links if address),
        "tools": "\n".join(tools),
        "prompts": "\n".join(prompts),
        "settings": "\n".join(settings),
    }


def _asked(prompt: PromptTemplate) -> str:
    """Return a prompt's arguments, those that may be left out in brackets."""
    return ", ".join(f"`{each.name}`" if each.required else f"[`{each.name}`]" for each in prompt.arguments)


def _places(client: Client) -> list[str]:
    """Return where a client's settings are on each system, as its users write it."""
    platforms: tuple[Platform, ...] = ("darwin", "win32", "linux")
    there = [client.path(Machine(platform, Path("~"), {})).as_posix() for platform in platforms]
    return [f"`{place.replace('~/AppData/Roaming', '%APPDATA%')}`" for place in there]


def renewed(text: str) -> str:
    """Return a document whose generated parts are as the code has them now."""
    for name, part in generated().items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = pattern.sub(lambda found, part=part: f"{found[1]}{part}\n{found[2]}", text)
    return text


def command(name: str) -> str:
    """Return the command that stands under `<!-- command NAME -->`."""
    found = re.search(rf"<!-- command {name} -->\n```sh\n(.*?)\n```", README.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise LookupError(name)
    return found[1]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--command")
    options = parser.parse_args()
    if options.command:
        sys.stdout.write(command(options.command) + "\n")
    if options.write:
        for document in GENERATED:
            document.write_text(renewed(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
