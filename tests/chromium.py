"""The Chromium of all tests, and how it is started."""

from __future__ import annotations

from typing import Final

CHROMIUM: Final = "/usr/bin/chromium"
_ALWAYS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
)
# Each new window loads two pages for the list below the address bar, which no test opens: they take a third
# of all the time that a page of ours takes.
_ADDRESS_BAR: Final = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
# What Playwright switches off by itself: of two such lists a browser takes the last alone.
_PLAYWRIGHT: Final = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
UNDRIVEN: Final = [*_ALWAYS, f"--disable-features={','.join(_ADDRESS_BAR)}"]
DRIVEN: Final = [*_ALWAYS, f"--disable-features={','.join((*_PLAYWRIGHT, *_ADDRESS_BAR))}"]
