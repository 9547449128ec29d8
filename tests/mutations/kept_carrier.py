"""Small sabotages of the two carriers, each with the checks that must notice it. Data only."""

from __future__ import annotations

from typing import Final

from tests.mutations.mutation import BrowserMutation, Edit, Mutation

_MEDIA: Final = "tests/agent/test_media.py::"
_PEER: Final = "tests/agent/test_peer.py::"
_IN_THE_CONSOLE: Final = "tests/node/remote_session_carrier.test.js"

CARRIER_MUTATIONS: Final = (
    Mutation(
        "an ending leaves the data channel open",
        (
            Edit(
                "device_agent/session.py",
                "        self.media.close()\n        self._commands.end()\n"
                "        self._outbox.drop_unsealed()\n        self._keys.wipe()",
                "        self._commands.end()\n"
                "        self._outbox.drop_unsealed()\n        self._keys.wipe()",
            ),
        ),
        (_MEDIA + "test_nothing_is_sealed_or_sent_once_the_session_is_over",),
    ),
    Mutation(
        "what is queued on a data channel still leaves after Stop",
        (Edit("device_agent/carrier/peer.py", "            if self._is_shut:\n", "            if False:\n"),),
        (_PEER + "test_nothing_leaves_once_it_is_shut_whatever_is_queued",),
    ),
    Mutation(
        "the device leaves it to the library whom it is connected to",
        (
            Edit(
                "device_agent/carrier/peer.py",
                "if hmac.compare_digest(self._certificate(), self._fingerprint):",
                "if hmac.compare_digest(self._fingerprint, self._fingerprint):",
            ),
        ),
        (_PEER + "test_the_device_looks_at_the_certificate_itself",),
    ),
    Mutation(
        "a device without servers of its own asks a stranger's",
        (
            Edit(
                "device_agent/carrier/peer.py",
                "RTCConfiguration(iceServers=servers, ",
                "RTCConfiguration(iceServers=servers or None, ",
            ),
        ),
        (_PEER + "test_without_servers_of_the_operators_own_none_is_asked",),
    ),
)

CARRIER_BROWSER_MUTATIONS: Final = (
    BrowserMutation(
        "what one carrier held back is drawn over what the other brought",
        (Edit("technician_web/io/media.js", "if (pic <= this.#newestPicture) return;", ""),),
        _IN_THE_CONSOLE,
        ("a picture that one carrier held back is not drawn once the other has brought a newer one",),
    ),
    BrowserMutation(
        "pictures on a data channel count as a sign of the session's life",
        (
            Edit(
                "technician_web/io/remote_session.js",
                "      if (open) return;\n",
                "      if (open) return void this.#presence.deviceHeard(true);\n",
            ),
        ),
        _IN_THE_CONSOLE,
        ("pictures on a data channel keep no session alive whose relay is silent",),
    ),
)
