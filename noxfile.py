"""Longer checks than a change has to pass: `nox -s NAME`."""

import nox

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["tests"]


def _install(session: nox.Session) -> None:
    session.run_install("uv", "sync", "--locked", "--active", "-q", external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite."""
    _install(session)
    session.run("pytest", *session.posargs)


@nox.session
def deaths(session: nox.Session) -> None:
    """Kill a sending server 10,000 times and count what left twice."""
    _install(session)
    session.run("python", "-m", "tests.promises.deaths", *(session.posargs or ["--count", "10000"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Print the figures of docs/performance.md, as ratios measured in one run."""
    _install(session)
    session.run("python", "-m", "tests.bench", *session.posargs)
