"""Settings from the environment and the command line, with everything wrong said at once."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from lofty_mcp.settings import PREFIX, TOOLSETS, Says, Settings, SettingsError, known_zone, variable

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_MACHINE_ZONE = Path("/etc/localtime")
_NEAR = 0.75
"""How alike a misspelt name is to the one that was meant, from 0 to 1."""


@dataclass(frozen=True)
class SettingRow:
    """One line of the table of settings."""

    variable: str
    values: str
    default: str
    purpose: str


def load(environ: Mapping[str, str], **flags: Any) -> Settings:
    """Read the settings.

    Args:
        environ: the environment; blank values count as unset.
        flags: what the command line says, by field name; None counts as unsaid.

    Raises:
        SettingsError: for a wrong value, a pair that excludes each other, or a misspelt name.
    """
    known = {variable(field): field for field in Settings.model_fields}
    problems = [_unknown(name, known) for name in environ if name.upper().startswith(PREFIX) and name not in known]
    said: dict[str, Any] = {name: environ[name].strip() for name in known if environ.get(name, "").strip()}
    for name in [name for name, value in said.items() if _PLACEHOLDER.fullmatch(value)]:
        problems.append(f"{name} holds a placeholder that was never filled in")
        del said[name]
    said.update({variable(field): value for field, value in flags.items() if value is not None})
    said.setdefault(variable("time_zone"), _machine_zone(environ))
    try:
        settings = Settings.model_validate(said)
    except ValidationError as error:
        problems += _problems(error, known, flags)
    else:
        if not problems:
            return settings
    raise SettingsError("; ".join(dict.fromkeys(problems)))


def settings_table() -> list[SettingRow]:
    """Return every setting, in the order in which they are declared."""
    return [
        SettingRow(variable(name), says.values, says.default or _shown(field.default), says.purpose)
        for name, field in Settings.model_fields.items()
        for says in [_says(name)]
    ]


def _says(field: str) -> Says:
    return next(item for item in Settings.model_fields[field].metadata if isinstance(item, Says))


def _shown(default: Any) -> str:
    match default:
        case bool():
            return str(int(default))
        case frozenset():
            names = cast("frozenset[str]", default)
            return "all" if names == frozenset[str](TOOLSETS) else ", ".join(sorted(names))
        case StrEnum() | str() | int() | float():
            return str(default)
        case _:
            return ""


def _unknown(name: str, known: Mapping[str, str]) -> str:
    meant = {full.removeprefix(PREFIX): full for full in known}
    near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), meant, n=1, cutoff=_NEAR)
    return f"{name} is not a setting" + (f"; did you mean {meant[near[0]]}?" if near else "")


def _problems(error: ValidationError, known: Mapping[str, str], flags: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for detail in error.errors(include_url=False, include_input=False):
        if not detail["loc"]:
            found.append(str(detail.get("ctx", {})["error"]))
            continue
        name = str(detail["loc"][0])
        field = known[name]
        flag = f"--{field.replace('_', '-')}" if flags.get(field) is not None else name
        found.append(f"{flag} must be {_says(field).values}")
    return found


def _machine_zone(environ: Mapping[str, str]) -> str:
    """Return the machine's IANA zone, or UTC where it cannot be known (Windows names its zones otherwise)."""
    candidates = [environ.get("TZ", "").removeprefix(":")]
    if _MACHINE_ZONE.is_symlink():
        candidates.append(_MACHINE_ZONE.readlink().as_posix().partition("zoneinfo/")[2])
    for name in candidates:
        try:
            return known_zone(name)
        except ValueError:
            continue
    return "UTC"
