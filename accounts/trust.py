"""Whom to believe: TLS contexts for the four kinds of trust, and what is wrong with a certificate."""

from __future__ import annotations

import functools
import hashlib
import ssl
import sys
from pathlib import Path

from core.errors import TLSError
from core.settings import checks

_NAME_CODES = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH."""
_TIME_CODES = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED."""


def context_for(trust: str, min_tls: str, server: str) -> ssl.SSLContext:
    """A client context for `trust`: system, a CA file, sha256:HEX (compared by the caller) or ignore.

    TLSError `trust-file-unreadable` (values `file`, `answer`) when the CA file cannot be read.
    """
    if trust in ("system", "ignore"):
        return _context(trust, min_tls, 0.0)
    if trust.startswith("sha256:"):
        return _context("ignore", min_tls, 0.0)
    file = Path(trust).expanduser()
    try:
        return _context(str(file), min_tls, file.stat().st_mtime)
    except OSError as error:
        answer = error.strerror or str(error)
        raise TLSError("trust-file-unreadable", server=server, file=trust, answer=answer) from error


def fingerprint_of(sock: ssl.SSLSocket | ssl.SSLObject) -> str:
    """SHA-256 of the server's own certificate (DER), 64 hexadecimal digits."""
    return hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()


def shown_by(sock: ssl.SSLSocket | ssl.SSLObject) -> dict[str, str]:
    """What a server shows: the `fingerprint` of its certificate, and the `names` that this is for, '' where it tells none.

    At most four names: more do not help anybody to find the right one.
    """
    return {"fingerprint": fingerprint_of(sock), "names": ", ".join(_names_in(sock.getpeercert(binary_form=True) or b""))}


def _names_in(certificate: bytes) -> list[str]:
    """The DNS names of a certificate (RFC 6125); Python's ssl tells them only of certificates that it believes."""
    from cryptography import x509

    try:
        names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found = names.value.get_values_for_type(x509.DNSName)
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return []
    return [name for name in found if checks.host(name.removeprefix("*.")) == ""][:4]


def tls_error(server: str, host: str, error: ssl.SSLError) -> TLSError:
    """What Python's ssl raised as `certificate-name`, `-expired`, `-untrusted` or `tls-handshake`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        kind = "name" if code in _NAME_CODES else "expired" if code in _TIME_CODES else "untrusted"
        return TLSError(f"certificate-{kind}", server=server, host=host, answer=error.verify_message)
    reason = error.reason or "EOF"
    return TLSError("tls-handshake", server=server, answer=reason.replace("_", " ").lower(), reason=reason)


@functools.lru_cache(maxsize=32)
def _context(trust: str, min_tls: str, changed: float) -> ssl.SSLContext:
    """A context serves many connections; reading the system's authorities takes tens of milliseconds.

    `changed` is the file's time, so that an engine running for weeks sees a new CA file.
    """
    if trust == "ignore":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust == "system":
        context = ssl.create_default_context()
        if sys.platform == "darwin" and Path("/etc/ssl/cert.pem").exists():
            # Python from python.org comes without authorities of its own.
            context.load_verify_locations("/etc/ssl/cert.pem")
    else:
        context = ssl.create_default_context(cafile=trust)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if min_tls == "1.3" else ssl.TLSVersion.TLSv1_2
    return context
