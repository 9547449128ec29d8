"""The sound of a device to the technician's ears."""
