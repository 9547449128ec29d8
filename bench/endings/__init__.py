"""Every way a session can end, played with the shipped programs and timed (README.md beside this)."""
