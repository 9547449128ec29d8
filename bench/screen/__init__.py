"""`make bench`: the picture and the control of several systems, measured side by side (bench/README.md)."""
