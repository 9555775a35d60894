"""Puts the staff console into the wheel: as it was built already, or built now where Node is at hand."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = "miniprogram_api/built"
_NO_NODE = 69


class ConsoleHook(BuildHookInterface[Any]):
    """A wheel without the console still serves the API, and says on the console's page how to get one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing; an editable install is the developer's own, who builds by `make console`."""
        if version == "editable":
            return
        root = Path(self.root)
        if self._is_stale(root / "console", root / _BUILT / "console" / "index.html"):
            self._build(root / "console")
        build_data["artifacts"].append(f"{_BUILT}/**")

    def _is_stale(self, console: Path, index: Path) -> bool:
        """Tell whether there is no build, or one older than its sources, where these are at hand."""
        if not index.exists():
            return True
        sources = (path for path in (console / "src").rglob("*") if path.is_file() and path.name != "schema.d.ts")
        return any(path.stat().st_mtime > index.stat().st_mtime for path in sources)

    def _build(self, console: Path) -> None:
        for arguments in (["ci", "--silent"], ["run", "--silent", "build"]):
            done = subprocess.run([console / "with-node", *arguments], check=False)  # noqa: S603 - our own script
            if done.returncode == _NO_NODE:
                self.app.display_warning("no Node 20.19 or later: the wheel goes without the staff console")
                return
            done.check_returncode()
