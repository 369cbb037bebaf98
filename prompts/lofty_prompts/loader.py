"""Reads the prompts: Markdown files that start with a few lines of front matter.

    ---
    title: Catch up on a lead
    description: Where things stand with a lead.
    toolsets: leads, timeline
    embeds: lead, timeline
    writes: no
    arguments:
      lead: The lead's name.
      focus?: What matters in particular.
    ---
    The words, with {{lead}} alone on a line where the argument's text goes.

A question mark marks an argument that may be left out. The front matter is this and no more YAML than this, so that no
parser is needed at run time.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lofty_crm.policy.characters import without_hidden

_HERE = Path(__file__).parent
_FRONT = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<body>.+)", re.DOTALL)
_FIELD = re.compile(r"(?P<name>[a-z_]+): (?P<value>\S.*)")
_ARGUMENT = re.compile(r"  (?P<name>[a-z_]+)(?P<optional>\??): (?P<value>\S.*)")
_SLOT = re.compile(r"^\{\{([a-z_]+)\}\}$", re.MULTILINE)
_FIELDS = frozenset({"title", "description", "toolsets", "embeds", "writes"})
MAX_ARGUMENT = 20_000
"""The longest text of one argument, in characters: an hour of dictation is shorter."""


class PromptFileError(Exception):
    """A prompt's file is not written as this module expects."""


class PromptArgumentsError(ValueError):
    """The arguments do not fit the prompt; the text says which, never what they held."""


@dataclass(frozen=True)
class PromptArgument:
    """One thing that a prompt asks of the person who picks it."""

    name: str
    description: str
    required: bool


@dataclass(frozen=True)
class PromptTemplate:
    """One prompt."""

    name: str
    title: str
    description: str
    toolsets: frozenset[str]
    """The toolsets whose tools its words name: without one of them it makes no sense."""
    embeds: tuple[str, ...]
    """The readings that come along with its words where the arguments identify them, in this order."""
    writes: bool
    """True when its point is to write or send; it is then not offered in read-only mode."""
    arguments: tuple[PromptArgument, ...]
    body: str

    def render(self, arguments: Mapping[str, str]) -> str:
        """Return the prompt's words with the arguments' texts in them, each fenced as data.

        Raises:
            PromptArgumentsError: for an argument that is missing, blank, unknown or too long.
        """
        known = {each.name for each in self.arguments}
        if unknown := sorted(set(arguments) - known):
            raise PromptArgumentsError(
                f"`{self.name}` has no argument {_named(unknown)}; it has {_named(sorted(known))}."
            )
        texts = {name: _shown(text) for name, text in arguments.items()}
        if missing := [each.name for each in self.arguments if each.required and not texts.get(each.name)]:
            raise PromptArgumentsError(f"`{self.name}` needs {_named(missing)}.")
        if long := [name for name, text in texts.items() if len(text) > MAX_ARGUMENT]:
            raise PromptArgumentsError(f"{_named(long)} must be at most {MAX_ARGUMENT:,} characters.")
        return _SLOT.sub(lambda slot: _fenced(texts.get(slot[1], "")), self.body)


def load_prompts() -> tuple[PromptTemplate, ...]:
    """Read all prompts from disk, by name.

    Raises:
        PromptFileError: for a file that does not follow the form above.
    """
    return tuple(parse(path.stem, path.read_text(encoding="utf-8")) for path in sorted(_HERE.glob("*.md")))


def parse(name: str, text: str) -> PromptTemplate:
    """Read one prompt's file.

    Raises:
        PromptFileError: when it does not follow the form above, or its words and its arguments do not agree.
    """
    parts = _FRONT.fullmatch(text)
    if parts is None:
        raise PromptFileError(f"{name}: no front matter")
    head, _, block = parts["front"].partition("\narguments:")
    fields = {found["name"]: found["value"] for found in _each(name, _FIELD, head.split("\n"))}
    if fields.keys() != _FIELDS or fields["writes"] not in {"yes", "no"}:
        raise PromptFileError(f"{name}: the front matter has other fields than {_named(sorted(_FIELDS))}")
    arguments = tuple(
        PromptArgument(found["name"], found["value"], not found["optional"])
        for found in _each(name, _ARGUMENT, block.split("\n")[1:])
    )
    if {each.name for each in arguments} != set(_SLOT.findall(parts["body"])):
        raise PromptFileError(f"{name}: the arguments are not those that its words use")
    return PromptTemplate(
        name=name,
        title=fields["title"],
        description=fields["description"],
        toolsets=frozenset(fields["toolsets"].split(", ")),
        embeds=tuple(fields["embeds"].split(", ")),
        writes=fields["writes"] == "yes",
        arguments=arguments,
        body=parts["body"].strip(),
    )


def _each(name: str, form: re.Pattern[str], lines: Iterable[str]) -> Iterable[re.Match[str]]:
    for line in lines:
        found = form.fullmatch(line)
        if found is None:
            raise PromptFileError(f"{name}: cannot read the line {line!r}")
        yield found


def _shown(text: str) -> str:
    return without_hidden("\n".join(text.splitlines()))[0].strip()


def _fenced(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else "(not given)"


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
