from pathlib import Path

from tests.mutation.tree import lay_out, undecorated

DECORATED = """
@cache
def read() -> str:
    return "read"


@lru_cache(
    maxsize=2
)
def fold(words: str) -> str:
    return words


class Message:
    @property
    def held(self) -> str:
        return "held"

    @classmethod
    def new(cls) -> str:
        return "new"
"""
PLAIN = """
def read() -> str:
    return "read"
read = cache(read)


def fold(words: str) -> str:
    return words


class Message:
    def held(self) -> str:
        return "held"
    held = property(held)

    @classmethod
    def new(cls) -> str:
        return "new"
"""


def test_decorators_that_hide_a_function_are_moved_or_dropped() -> None:
    assert undecorated(DECORATED) == PLAIN


def test_a_checkout_is_laid_out_in_one_root(tmp_path: Path) -> None:
    for place, text in (("tools/lofty_crm/a.py", DECORATED), ("tools/lofty_crm/b.py", DECORATED), ("tests/t.py", "")):
        (tmp_path / "from" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / place).write_text(text, encoding="utf-8")
    for root in ("server", "prompts"):
        (tmp_path / "from" / root).mkdir()
    (tmp_path / "from" / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    lay_out(tmp_path / "from", tmp_path / "to", module="lofty_crm/a.py", settings="[tool.mutmut]\n")
    laid_out = {path.relative_to(tmp_path / "to").as_posix() for path in (tmp_path / "to").rglob("*.*")}
    assert laid_out == {"lofty_crm/a.py", "lofty_crm/b.py", "tests/t.py", "pyproject.toml"}
    assert (tmp_path / "to/lofty_crm/a.py").read_text(encoding="utf-8") == PLAIN
    assert (tmp_path / "to/lofty_crm/b.py").read_text(encoding="utf-8") == DECORATED
    assert (tmp_path / "to/pyproject.toml").read_text(encoding="utf-8") == "[project]\n\n[tool.mutmut]\n"
