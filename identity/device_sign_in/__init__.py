"""A customer signs in on a television with a code that they allow elsewhere (RFC 8628, R44)."""
