"""Kodi's JSON-RPC: messages in any pieces, answers in any order, and whoever waits is told when it goes."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from device_agent.devices.kodi import line as module
from device_agent.devices.kodi.line import KodiLine, KodiLostError, RefusedError
from device_agent.devices.kodi.messages import MOST_BYTES, Answer, Notice, NotKodiError, Reader, call
from device_agent.devices.opening import CannotOpenError, kodi_address

if TYPE_CHECKING:
    from collections.abc import Iterator

PONG = b'{"id":7,"jsonrpc":"2.0","result":"pong"}'
REFUSAL = b'{"error":{"code":-32602,"message":"Invalid params."},"id":8,"jsonrpc":"2.0"}'
QUIT = b'{"jsonrpc":"2.0","method":"System.OnQuit","params":{"data":{"exitcode":0},"sender":"xbmc"}}'
NAMED = '{"id":9,"jsonrpc":"2.0","result":{"value":"Phòng khách }{\\""}}'.encode()
EVERY = [
    Answer(7, "pong"),
    Answer(8, None, "Invalid params."),
    Notice("System.OnQuit", {"exitcode": 0}),
    Answer(9, {"value": 'Phòng khách }{"'}),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_messages_are_found_however_they_are_cut(size: int) -> None:
    """Also in the middle of a letter, and with brackets in their texts."""
    stream = PONG + REFUSAL + b"\r\n" + QUIT + b" " + NAMED
    reader = Reader()
    found = [it for at in range(0, len(stream), size) for it in reader.take(stream[at : at + size])]
    assert found == EVERY


def test_what_a_later_version_says_besides_is_passed_over() -> None:
    assert Reader().take(b'{"jsonrpc":"2.0","hint":1}' + PONG) == [Answer(7, "pong")]


@pytest.mark.parametrize("said", [b"{}", b'{"id":"7","result":1}', b'[{"jsonrpc":"2.0"}]', b'{"method":5}'])
def test_what_is_no_json_rpc_ends_the_line(said: bytes) -> None:
    with pytest.raises(NotKodiError):
        Reader().take(said + b"{}")


def test_a_message_without_an_end_ends_the_line_before_it_fills_the_memory() -> None:
    """INV-F2."""
    reader = Reader()
    for _ in range(MOST_BYTES // 65_536 - 1):
        assert reader.take(b'{"id":1,' + b" " * 65_500) == []
    with pytest.raises(NotKodiError):
        reader.take(b" " * 65_536 * 2)


def test_a_message_that_is_nested_without_end_does_not_break_the_reader() -> None:
    with pytest.raises(NotKodiError):
        Reader().take(b'{"id":1,"result":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


class FakeKodi:
    """The other end of a line."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()
        self.notices: list[Notice] = []
        self.gone = 0
        self.line = KodiLine(self.address, self.notices.append, self._count)
        self.peer, _ = self._listening.accept()
        self._file = self.peer.makefile("rb")

    def _count(self) -> None:
        self.gone += 1

    def asked(self) -> dict[str, object]:
        """The next call, by the bracket that ends it: none of these holds another."""
        text = b""
        while text.count(b"{") == 0 or text.count(b"{") != text.count(b"}"):
            text += self._file.read(1)
        asked = json.loads(text)
        assert isinstance(asked, dict)
        return asked

    def says(self, **message: object) -> None:
        self.peer.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def close(self) -> None:
        self._file.close()
        self.peer.close()
        self._listening.close()
        self.line.close()


@pytest.fixture
def kodi() -> Iterator[FakeKodi]:
    it = FakeKodi()
    yield it
    it.close()


def test_answers_find_their_calls_in_any_order(kodi: FakeKodi) -> None:
    first, second = kodi.line.call("JSONRPC.Ping"), kodi.line.call("Settings.GetSettingValue", setting="a.b")
    asked = [kodi.asked(), kodi.asked()]
    assert asked[1] == json.loads(call(2, "Settings.GetSettingValue", {"setting": "a.b"}))
    kodi.says(id=2, result={"value": 5})
    kodi.says(id=1, result="pong")
    assert (first.result(5), second.result(5)) == ("pong", {"value": 5})


def test_a_refusal_is_told_to_who_asked(kodi: FakeKodi) -> None:
    refused = kodi.line.call("Settings.SetSettingValue", setting="a.b", value=9)
    kodi.asked()
    kodi.says(id=1, error={"code": -32602, "message": "Invalid params."})
    with pytest.raises(RefusedError, match="Invalid params"):
        refused.result(5)


def test_when_kodi_goes_everybody_is_told(kodi: FakeKodi) -> None:
    waiting = kodi.line.call("JSONRPC.Ping")
    kodi.says(method="System.OnQuit", params={"data": {"exitcode": 0}, "sender": "xbmc"})
    kodi.asked()
    kodi.peer.shutdown(socket.SHUT_RDWR)
    with pytest.raises(KodiLostError):
        waiting.result(5)
    kodi.line._thread.join(5)
    assert kodi.notices == [Notice("System.OnQuit", {"exitcode": 0})]
    assert kodi.gone == 1
    with pytest.raises(KodiLostError):
        kodi.line.call("JSONRPC.Ping").result(5)


def test_a_kodi_that_answers_nobody_is_asked_only_so_often(
    kodi: FakeKodi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-F3."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    calls = [kodi.line.call("JSONRPC.Ping") for _ in range(4)]
    assert [it.done() for it in calls] == [False, False, False, True]
    with pytest.raises(KodiLostError):
        calls[-1].result(0)


def test_no_kodi_is_told_of_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    with pytest.raises(KodiLostError, match=f"there is no Kodi on 127.0.0.1:{address[1]}"):
        KodiLine(address, lambda _: None, lambda: None)


@pytest.mark.parametrize(
    "text", ["192.168.1.5:9090", "kodi.local:9090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", ""]
)
def test_kodi_is_spoken_to_on_this_machine_only(text: str) -> None:
    with pytest.raises(CannotOpenError, match=r"such as 127\.0\.0\.1:9090"):
        kodi_address(text)


def test_an_address_of_this_machine_is_taken_apart() -> None:
    assert kodi_address("localhost:9091") == ("localhost", 9091)
    assert kodi_address("[::1]:9090") == ("::1", 9090)
