"""Changes the code in small ways and counts the changes that no test notices: `python -m tests.mutation policy`.

Needs mutmut beside this interpreter. A layer's name may be followed by names of its modules, and `--place` keeps the
work, so that a later run tries again only what has changed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.mutation.tree import lay_out

LAYERS = ("policy", "outbox")
_ALSO: dict[str, tuple[str, ...]] = {
    "content": ("blanks",),
    "excerpts": ("review",),
    "geography": ("zones",),
    "opt_out_words": ("opt_out",),
    "desk": ("switches", "repeats", "audit", "deletions", "identity", "hard_stops"),
    "dispatch": ("outcomes", "hard_stops", "switches", "races", "deletions", "elsewhere"),
    "drafting": ("hard_stops", "deletions", "races", "repeats", "elsewhere"),
    "drafts": ("repeats", "hard_stops", "deletions", "elsewhere"),
    "export": ("audit", "audit_bounds", "desk_bounds"),
    "journal": ("repeats", "audit", "races", "switches", "deletions", "desk_bounds"),
    "message": ("hard_stops",),
    "outbox": ("switches", "repeats", "races", "store", "desk_bounds"),
    "owners": ("store", "races"),
    "reconcile": ("deletions",),
    "reviewing": ("repeats", "hard_stops", "elsewhere", "journal_bounds"),
    "stopping": ("switches", "audit", "identity", "desk_bounds"),
    "store": ("races",),
    "surroundings": ("elsewhere", "reviewing_bounds"),
    "tables": ("store", "desk_bounds"),
    "upkeep": ("switches", "audit", "reconcile", "races", "journal_bounds"),
    "wording": ("races",),
}
"""Tests that answer for a module and are not named after it."""
_KILLED, _SURVIVED, _UNTESTED = {1, 3}, 0, {5, 33}
_RAN_OUT = {24, -24, 36, 152, 255}
_LAYER_S = 600
"""The longest that all tests of a layer may take; many times what they need."""
_ENVIRONMENT = os.environ | {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_PLUGINS": "tests.mutation.first,_hypothesis_pytestplugin,anyio.pytest_plugin",
    "PYTEST_ADDOPTS": "-pno:cacheprovider -pno:unraisableexception",
}
"""Each mutant is a run of pytest, so that its start counts."""
_MUTMUT = str(Path(sys.executable).with_name("mutmut"))


def main() -> int:
    """Run what the arguments say; return 1 when fewer than 95 % of the mutants were killed."""
    arguments = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    arguments.add_argument("layer", choices=LAYERS)
    arguments.add_argument("modules", nargs="*")
    arguments.add_argument("--place", type=Path)
    arguments.add_argument("--children", type=int, default=2)
    given = arguments.parse_args()
    every = (path.stem for path in Path("tools/lofty_crm", given.layer).glob("[a-z]*.py"))
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for module in given.modules or sorted(every):
            place = (given.place or Path(scratch)) / module
            source = f"lofty_crm/{given.layer}/{module}.py"
            if "def " not in Path("tools", source).read_text(encoding="utf-8"):
                continue  # mutmut changes functions alone
            lay_out(Path.cwd(), place, module=source, settings=_settings(given.layer, module, source))
            command = [_MUTMUT, "run", "--max-children", str(given.children)]
            ran = subprocess.run(command, cwd=place, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
            meta = place / "mutants" / f"{source}.meta"
            if ran.returncode or not meta.exists():
                sys.stdout.write(f"{module}: no result\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}\n")
                continue
            total += _report(place, meta, source)
    sys.stdout.write(_row("all", total))
    return int(total["killed"] + total["timeout"] < 0.95 * total.total())


def _tests_for(layer: str, module: str) -> list[str]:
    """Return the test files that answer for a module: those named after it, and those of the words or the history."""
    folder = Path("tests", "crm", layer)
    names = (module, f"{module}_bounds", *_ALSO.get(module, ()), "words_*", "history_*")
    return sorted(str(path) for name in names for path in folder.glob(f"test_{name}.py"))


def _settings(layer: str, module: str, source: str) -> str:
    settings = {
        "source_paths": ["lofty_crm"],
        "only_mutate": [source],
        "also_copy": ["lofty_mcp", "lofty_sandbox", "lofty_tools", "lofty_prompts"],
        "pytest_add_cli_args": ["--hypothesis-seed=0"],
        "pytest_add_cli_args_test_selection": _tests_for(layer, module),
        "process_isolation": "forkserver",
    }
    return "\n".join(["[tool.mutmut]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items())]) + "\n"


def _report(place: Path, meta: Path, source: str) -> Counter[str]:
    """Print what became of the mutants of a module, and the change of each that lives; return the numbers."""
    codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    fates = {name: _fate(code) for name, code in codes.items()}
    lives = [name for name, fate in fates.items() if fate in {"survived", "untested"}]
    fates |= {name: "killed" for name in lives if _dies_after_all(place, source, name)}
    count = Counter(fates.values())
    sys.stdout.write(_row(meta.name.removesuffix(".py.meta"), count))
    for name in (name for name, fate in fates.items() if fate not in {"killed", "timeout"}):
        shown = subprocess.run([_MUTMUT, "show", name], cwd=place, capture_output=True, text=True, check=True)
        sys.stdout.write(_changed(shown.stdout.splitlines()))
    sys.stdout.flush()
    return count


def _dies_after_all(place: Path, source: str, name: str) -> bool:
    """Whether any test of the layer notices a mutant that is there from the start.

    mutmut switches its own on after the imports, and tries it by the tests that answer for the module.
    """
    module, folder = place / source, source.split("/")[1]
    kept = module.read_text(encoding="utf-8")
    subprocess.run([_MUTMUT, "apply", name], cwd=place, capture_output=True, check=True)
    command = [sys.executable, "-m", "pytest", "-xq", f"tests/crm/{folder}"]
    try:
        tried = subprocess.run(command, cwd=place, env=_ENVIRONMENT, capture_output=True, check=False, timeout=_LAYER_S)
    except subprocess.TimeoutExpired:
        return True
    finally:
        module.write_text(kept, encoding="utf-8")
    return tried.returncode != 0


def _changed(diff: Iterable[str]) -> str:
    kept = (line for line in diff if line.startswith(("# ", "-", "+")) and not line.startswith(("---", "+++")))
    return "".join(f"    {line}\n" for line in kept)


def _fate(code: int | None) -> str:
    if code in _KILLED:
        return "killed"
    if code == _SURVIVED:
        return "survived"
    return "timeout" if code in _RAN_OUT else "untested" if code in _UNTESTED else "unknown"


def _row(name: str, count: Counter[str]) -> str:
    fates = ", ".join(f"{count[fate]} {fate}" for fate in sorted(count))
    return f"{name}: {count.total()} mutants, {fates}\n"


if __name__ == "__main__":
    sys.exit(main())
