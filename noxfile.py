"""Longer checks than a change has to pass: `nox -s NAME`."""

import os
import subprocess
import sys
from pathlib import Path

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
def mutants(session: nox.Session) -> None:
    """Change the policy, or the outbox, in thousands of small ways, and list the changes that no test notices."""
    session.run_install("uv", "sync", "--locked", "--active", "-q", "--group", "mutation", external=True)
    session.run("python", "-m", "tests.mutation", *(session.posargs or ["policy"]))


@nox.session
def bench(session: nox.Session) -> None:
    """Print the figures of docs/performance.md, as ratios measured in one run."""
    _install(session)
    session.run("python", "-m", "tests.bench", *session.posargs)


@nox.session(venv_backend="none")
def clients(session: nox.Session) -> None:
    """Drive the built wheel with clients that nobody here wrote; needs npm and the package registries.

    It uses the environment that nox runs in, since each client gets one of its own. Where npm cannot be reached it is
    skipped with a word, except in CI.
    """
    place = str(Path(session.create_tmp()).resolve() / "place")
    filled = subprocess.call([sys.executable, "-m", "tests.clients.place", place])  # noqa: S603 -- our own module
    if filled == os.EX_TEMPFAIL and not os.environ.get("CI"):
        session.skip("npm cannot be reached, so there is no client to drive")
    if filled:
        session.error("the clients could not be installed")
    pytest = [sys.executable, "-m", "pytest", "-q", *session.posargs]
    # the conformance suite gives some answers half a second, so that nothing else may run beside it
    suite = "tests/clients/test_conformance.py"
    session.run(*pytest, suite, env={"CLIENTS_PLACE": place})
    session.run(*pytest, "-n", "auto", f"--ignore={suite}", "tests/clients", env={"CLIENTS_PLACE": place})


@nox.session
def evals(session: nox.Session) -> None:
    """Try a model on what agents ask for (`EVALS_BASE_URL`, `EVALS_MODEL`), or prove the tasks with scripts."""
    _install(session)
    session.run("python", "-m", "tests.evals", *session.posargs)
