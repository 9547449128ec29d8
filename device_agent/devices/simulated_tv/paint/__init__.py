"""Draws the set's screens and the panel with Pillow and numpy. Draws only: no state, no clock, no keys."""
