"""A token bucket: how many messages, frames or bytes in how much time (SPEC §9). Pure."""

from __future__ import annotations


class TokenBucket:
    """Holds up to `burst` tokens and gains `per_s` of them each second."""

    def __init__(self, *, per_s: float, burst: int, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float, tokens: int = 1) -> bool:
        """Whether this many more may pass; those that may not cost nothing."""
        gained = max(0.0, now - self._at) * self._per_s
        self._tokens = min(float(self._burst), self._tokens + gained)
        self._at = max(self._at, now)
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def give_back(self) -> None:
        """One that was taken for what did not pass after all."""
        self._tokens += 1
