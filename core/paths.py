"""Where Correio keeps things: CORREIO_HOME=DIR for everything below one folder, else platformdirs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Home(Struct, frozen=True):
    """The folders of one user of Correio. Nothing is made until `make` is called."""

    config: Path
    state: Path
    cache: Path
    logs: Path
    runtime: Path
    """Holds the engine's socket: a short path, since a Unix socket's name has at most 104 bytes."""

    @property
    def settings_file(self) -> Path:
        """The TOML file of `core.settings`."""
        return self.config / "correio.toml"

    @property
    def database(self) -> Path:
        """The SQLite file of `core.store`."""
        return self.state / "correio.db"

    @property
    def lock(self) -> Path:
        """Whoever holds an flock on it is the engine."""
        return self.state / "engine.lock"

    @property
    def socket(self) -> Path:
        """The engine's Unix socket, one per state folder."""
        import hashlib

        name = hashlib.sha256(str(self.state.absolute()).encode()).hexdigest()[:12]
        return self.runtime / f"correio-{name}.sock"

    def make(self) -> None:
        """Create the folders, mode 0700."""
        for folder in (self.config, self.state, self.cache, self.logs, self.runtime):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def find_home(environ: Mapping[str, str] = os.environ) -> Home:
    """The home that the environment names: CORREIO_HOME, else the platform's usual folders."""
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or f"/tmp/correio-{os.getuid()}")
    if below := environ.get("CORREIO_HOME"):
        top = Path(below).expanduser().absolute()
        return Home(top / "config", top / "state", top / "cache", top / "logs", runtime)
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("correio", appauthor=False)
    return Home(
        Path(dirs.user_config_dir), Path(dirs.user_state_dir), Path(dirs.user_cache_dir), Path(dirs.user_log_dir), runtime
    )
