"""Kodi as the device: picture from the X11 display it draws on, keys and settings by its own interface."""
