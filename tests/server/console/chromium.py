"""A real browser: Debian's chromium, driven by selenium."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,900",
)
_PACKAGES = ("chromium", "chromium-driver")


def needed() -> None:
    """Skip where there is no browser; on a build machine, where CI is set, install it or fail."""
    if _found():
        return
    if not os.environ.get("CI"):
        pytest.skip(f"no browser: these tests need chromium and chromedriver (Debian: {' and '.join(_PACKAGES)})")
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", *_PACKAGES)):
        subprocess.run(["apt-get", "-q", *arguments], check=True, capture_output=True, timeout=600)  # noqa: S607 -- Debian's own
    assert _found(), "chromium was installed and yet cannot be found"


def _found() -> bool:
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


@contextmanager
def browser(folder: Path, *, script: bool = True) -> Generator[Chrome]:
    """Start a browser with an empty profile."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    profile = tempfile.mkdtemp(dir=folder)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    capabilities: Any = {"performance": "ALL", "browser": "ALL"}
    options.set_capability("goog:loggingPrefs", capabilities)
    driver = Chrome(options, ChromeService(shutil.which("chromedriver")))
    untyped: Any = driver
    try:
        if not script:
            untyped.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        yield driver
    finally:
        driver.quit()
