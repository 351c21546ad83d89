"""The configuration: a typed schema, and the file that holds it."""

from __future__ import annotations

from core.settings.field import Setting
from core.settings.schema import (
    Account,
    Compose,
    Credential,
    Identity,
    Proxy,
    SavedSearch,
    Server,
    Settings,
    Sync,
    Ui,
    default_port,
    describe,
    new_id,
)

__all__ = [
    "Account",
    "Compose",
    "Credential",
    "Identity",
    "Proxy",
    "SavedSearch",
    "Server",
    "Setting",
    "Settings",
    "Sync",
    "Ui",
    "default_port",
    "describe",
    "new_id",
]
