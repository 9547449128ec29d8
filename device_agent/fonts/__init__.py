"""Noto Sans, regular and bold, unmodified: what every device paints its texts with. Licence: OFL.txt."""
