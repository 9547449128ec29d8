"""Who is who: accounts, sign-in, and the badges that a device checks for itself."""
