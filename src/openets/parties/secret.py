"""Secrets that open a door: handed out once, kept only as their digest. Pure."""

import hashlib
import secrets

BYTES = 32


def new_secret() -> str:
    """A secret that nobody guesses, fit for an address and a header."""
    return secrets.token_urlsafe(BYTES)


def digest_of(secret: str) -> str:
    """What is kept of it; a secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
