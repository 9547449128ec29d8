"""A real screen: one output of an X11 display, seen, driven, and with the customer's panel on top of it."""
