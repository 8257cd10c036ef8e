"""Installs what ``tools.py`` looks for: Debian's Chromium, where apt may, and axe-core of npm, by its checksum.

    python -m tests.browser.install

Ends with 1, and says why, if something cannot be installed; the tests that need it are skipped then.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request

from tests.browser.tools import axe, chromium

URL = "https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
APT_SECONDS, FETCH_SECONDS, MOST_BYTES = 240, 60, 8_000_000


def install_chromium() -> str:
    """Return what is wrong; empty if there is a Chromium."""
    if chromium():
        return ""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return "install Chromium yourself (Debian: apt-get install chromium), or name one in CLEW_CHROMIUM"
    quiet = {"stdout": subprocess.DEVNULL, "timeout": APT_SECONDS, "check": True}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(["apt-get", "update", "-qq"], env=environment, **quiet)
        packages = ["chromium", "fonts-dejavu-core"]
        subprocess.run(
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages], env=environment, **quiet
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"Chromium cannot be installed: {error}"
    return "" if chromium() else "apt installed no Chromium"


def install_axe() -> str:
    """Return what is wrong; empty if axe-core is there."""
    if axe().is_file():
        return ""
    try:
        with urllib.request.urlopen(URL, timeout=FETCH_SECONDS) as response:
            packed = response.read(MOST_BYTES)
    except (OSError, urllib.error.URLError) as error:
        return f"axe-core cannot be fetched: {error}"
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != SHA512:
        return "axe-core has another checksum than expected"
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for name, file in (("axe.min.js", axe()), ("LICENSE", axe().with_name("axe-LICENSE.txt"))):
            member = archive.extractfile(f"package/{name}")
            assert member is not None
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(member.read())
    return ""


if __name__ == "__main__":
    troubles = [trouble for trouble in (install_chromium(), install_axe()) if trouble]
    for trouble in troubles:
        print(trouble, file=sys.stderr)
    sys.exit(bool(troubles))
