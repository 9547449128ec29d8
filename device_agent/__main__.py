"""`python -m device_agent`."""

from __future__ import annotations

import sys

from device_agent.main import main

sys.exit(main())
