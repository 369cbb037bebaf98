"""Which handler answers which path, in the dialect that the sandbox speaks."""

import re
from collections.abc import Mapping

from lofty_sandbox import guide
from lofty_sandbox.answers import Handler, Method, Routes
from lofty_sandbox.quirks import Dialect
from lofty_sandbox.reference import calls, leads, logs, messages, notes, people, tasks, timeline

REFERENCE: Routes = (
    leads.ROUTES
    | messages.ROUTES
    | timeline.ROUTES
    | calls.ROUTES
    | notes.ROUTES
    | logs.ROUTES
    | tasks.ROUTES
    | people.ROUTES
)


class Router:
    """Finds handlers by method and path."""

    def __init__(self, dialect: Dialect) -> None:
        self._spoken = _compile(REFERENCE if dialect == "reference" else guide.ROUTES)
        self._all = _compile(REFERENCE | guide.ROUTES)

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """The handler, and the path's variables."""
        return _find(self._spoken, method, path)

    def is_known(self, method: str, path: str) -> bool:
        """Whether either dialect has such an endpoint."""
        return _find(self._all, method, path) is not None


_Compiled = list[tuple[str, re.Pattern[str], Handler]]


def _compile(routes: Mapping[tuple[Method, str], Handler]) -> _Compiled:
    return [
        (method, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))), handler)
        for (method, template), handler in routes.items()
    ]


def _find(routes: _Compiled, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    for known, pattern, handler in routes:
        if known == method and (match := pattern.fullmatch(path)):
            return handler, match.groupdict()
    return None
