"""What the tests in a browser need beside Python's packages: Chromium and axe-core. ``make browser`` installs both."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = Path(sys.prefix) / "browser" / "axe.min.js"
INSTALL = "make browser installs it"


def chromium() -> str | None:
    """Return the Chromium to use: that of ``CLEW_CHROMIUM``, else one of the system."""
    named = os.environ.get("CLEW_CHROMIUM")
    return named or next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def axe() -> Path:
    """Return where axe-core is, or would be: the file of ``CLEW_AXE``, else one of the environment."""
    return Path(os.environ.get("CLEW_AXE", AXE))


def missing() -> str:
    """Return why there is no browser to test in; empty if there is one."""
    if importlib.util.find_spec("playwright") is None:
        return f"needs Playwright: {INSTALL}"
    return "" if chromium() else f"needs Chromium: {INSTALL}"
