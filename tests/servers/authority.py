"""The tests' own certificate authority: good, expired and wrongly named certificates for loopback servers."""

from __future__ import annotations

import datetime
import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate on disk: `chain` and `key` are PEM files."""

    chain: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the DER form of the server's own certificate, in lower-case hex."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self._first())).hexdigest()

    def context(self) -> ssl.SSLContext:
        """A server-side TLS context that presents this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context

    def _first(self) -> str:
        end = "-----END CERTIFICATE-----\n"
        return self.chain.read_text().split(end)[0] + end


class Authority:
    """A certificate authority that lives in `folder`; `file` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "authority.pem"
        self._ca = trustme.CA()
        self._made = 0
        self._ca.cert_pem.write_to_path(str(self.file))

    def certificate(self, *names: str, expired: bool = False) -> Certificate:
        """A certificate for the names (by default localhost and 127.0.0.1), valid or a day out of date."""
        end = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1) if expired else None
        leaf = self._ca.issue_cert(*(names or LOOPBACK), not_after=end)
        self._made += 1
        chain = self.folder / f"server-{self._made}.pem"
        key = self.folder / f"server-{self._made}.key"
        for blob in leaf.cert_chain_pems:
            blob.write_to_path(str(chain), append=True)
        leaf.private_key_pem.write_to_path(str(key))
        key.chmod(0o600)
        return Certificate(chain, key)

    def client_context(self) -> ssl.SSLContext:
        """A verifying client context that trusts this authority only."""
        return ssl.create_default_context(cafile=str(self.file))
