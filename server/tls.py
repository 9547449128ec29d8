"""Certificate files for a server without a proxy: read, checked, and made into a TLS context (RFC 9325)."""

from __future__ import annotations

import ipaddress
import ssl
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from server.settings import UnsafeSettings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

# The forward-secret AEAD suites; those of TLS 1.3 are always on.
_TLS_1_2: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate with its chain, and its key, both as PEM."""

    certificate: Path
    key: Path


def context_of(files: CertificateFiles, *, host: str | None, now: datetime) -> ssl.SSLContext:
    """The context for `host`, with what is wrong with the files said in one sentence each.

    Without a host the name is not checked: a proxy may call us by any.
    """
    certificate = _certificate(files.certificate)
    faults = [*_time_faults(certificate, files.certificate, now), *_name_faults(certificate, files, host)]
    if _spelled(certificate.public_key()) != _spelled(_public_part(files.key)):
        faults.append(f"{files.key} is not the key of {files.certificate}")
    if faults:
        raise UnsafeSettings(faults)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_TLS_1_2)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(files.certificate, files.key)
    except ssl.SSLError:
        raise UnsafeSettings([f"{files.certificate} cannot be used for TLS"]) from None
    return context


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnsafeSettings([f"{path} cannot be read: {error.strerror}"]) from None


def _certificate(path: Path) -> x509.Certificate:
    """The first of the file: the one that names us; the others vouch for it."""
    try:
        return x509.load_pem_x509_certificate(_read(path))
    except ValueError:
        raise UnsafeSettings([f"{path} does not hold a certificate in PEM"]) from None


def _public_part(path: Path) -> PublicKeyTypes:
    pem = _read(path)
    if stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
        raise UnsafeSettings([f"{path} can be read by everybody; set its mode to 640 or less"])
    try:
        return load_pem_private_key(pem, password=None).public_key()
    except TypeError:
        raise UnsafeSettings([f"{path} needs a passphrase; nobody is there to type one"]) from None
    except ValueError:
        raise UnsafeSettings([f"{path} does not hold a private key in PEM"]) from None


def _spelled(public: PublicKeyTypes) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _time_faults(certificate: x509.Certificate, path: Path, now: datetime) -> list[str]:
    if now < certificate.not_valid_before_utc:
        return [f"{path} is valid only from {certificate.not_valid_before_utc:%Y-%m-%d} on"]
    if now >= certificate.not_valid_after_utc:
        return [f"{path} expired on {certificate.not_valid_after_utc:%Y-%m-%d}; renew it"]
    return []


def _name_faults(certificate: x509.Certificate, files: CertificateFiles, host: str | None) -> list[str]:
    if host is None or _names(certificate, host):
        return []
    return [f"{files.certificate} does not name {host}, so nobody would believe it"]


def _names(certificate: x509.Certificate, host: str) -> bool:
    """Whether a client that asks for `host` would accept the names (RFC 9525 §6.3)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        parent = host.partition(".")[2]
        wanted = {host, f"*.{parent}"}
        return any(name.lower() in wanted for name in names.get_values_for_type(x509.DNSName))
