"""Lays the code out as the mutation tester wants it: one root, and no function hidden behind a decorator.

mutmut names a module by its path and leaves decorated functions alone. What a cache remembers would also hide a mutant
from the tests that come after the first, so `lru_cache` is taken off; a property, and what is read only once, is
decorated by an assignment instead.
"""

import ast
import shutil
from pathlib import Path

ROOTS = ("server", "tools", "prompts")
_MADE_BY_ASSIGNMENT = {"property", "cache"}
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


def lay_out(checkout: Path, place: Path, *, module: str, settings: str) -> None:
    """Copy a checkout's packages and tests to a place, with `module` undecorated and `settings` in its pyproject."""
    packages = [package for root in ROOTS for package in (checkout / root).iterdir() if package.is_dir()]
    for folder in (*packages, checkout / "tests"):
        shutil.copytree(folder, place / folder.name, dirs_exist_ok=True, ignore=_LEFT_OUT)
    target = place / module
    target.write_text(undecorated(target.read_text(encoding="utf-8")), encoding="utf-8")
    project = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    (place / "pyproject.toml").write_text(f"{project}\n{settings}", encoding="utf-8")


def undecorated(source: str) -> str:
    """Return a module's source in which no function bears a decorator that would keep it from being changed."""
    lines = source.splitlines(keepends=True)
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda each: each.lineno, reverse=True):
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = called.id if isinstance(called, ast.Name) else ""
            if name in _MADE_BY_ASSIGNMENT:
                indent, ends = " " * function.col_offset, function.end_lineno or function.lineno
                lines.insert(ends, f"{indent}{function.name} = {name}({function.name})\n")
            if name in _MADE_BY_ASSIGNMENT or name == "lru_cache":
                del lines[decorator.lineno - 1 : decorator.end_lineno]
    return "".join(lines)
