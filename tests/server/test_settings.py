"""Unsafe settings refuse to start, all faults at once; the clock only moves forward (INV-A3)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from identity.keys import UnsafeKeyFile, secret_from
from server.clock import ForwardClock, StatedClock, UnreadableClock
from server.run import CannotRun, listen, only_server_of, port_of
from server.settings import Settings, UnsafeSettings, from_environment, is_loopback, is_origin, private_folder


def _faults(**changes: object) -> list[str]:
    with pytest.raises(UnsafeSettings) as caught:
        Settings(**changes).check()  # type: ignore[arg-type]
    return caught.value.faults


def test_the_defaults_are_safe() -> None:
    Settings().check()


FILES = {"certificate": Path("service.pem"), "key": Path("service.key")}
PUBLIC = {"origin": "https://service.example", "console_origins": ("https://console.example",)}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "service.example"])
def test_plain_http_on_a_public_address_needs_a_proxy_or_a_certificate(host: str) -> None:
    assert len(_faults(host=host)) == 1
    Settings(host=host, behind_proxy=True).check()
    Settings(host=host, **PUBLIC, **FILES).check()  # type: ignore[arg-type]


@pytest.mark.parametrize("one", FILES)
def test_a_certificate_without_its_key_is_refused_and_a_key_without_its_certificate(one: str) -> None:
    [fault] = _faults(**PUBLIC, **{one: FILES[one]})
    assert "belong together" in fault


def test_a_certificate_under_a_plain_origin_is_refused() -> None:
    """Nobody would ever come in by it: browsers and devices keep to the origin they were told."""
    [fault] = _faults(**FILES)
    assert "begins with https" in fault
    Settings(**FILES, behind_proxy=True).check()  # type: ignore[arg-type]


def test_an_origin_whose_tls_nobody_ends_is_refused() -> None:
    """INV-G7: an unnamed proxy's address would be everybody's address."""
    [fault] = _faults(**PUBLIC)
    assert "nobody ends TLS for https://service.example" in fault
    Settings(**PUBLIC, behind_proxy=True).check()  # type: ignore[arg-type]
    Settings(**PUBLIC, **FILES).check()  # type: ignore[arg-type]


def test_a_public_origin_needs_tls_even_behind_a_proxy() -> None:
    [fault] = _faults(origin="http://service.example", behind_proxy=True)
    assert "plain HTTP on a public name" in fault


def test_the_console_has_an_origin_of_its_own() -> None:
    assert len(_faults(console_origins=("http://localhost:8400",))) == 1
    assert len(_faults(console_origins=())) == 1
    assert "https://c.example" in _faults(consoles_elsewhere=("https://c.example",))[0]
    Settings(console_origins=("https://c.example",), consoles_elsewhere=("https://c.example",)).check()


def test_all_faults_are_named_at_once() -> None:
    assert len(_faults(host="0.0.0.0", origin="ftp://x", database_url="mysql://x", console_origins=())) == 4


def test_a_password_in_the_database_url_is_in_no_text_about_the_settings() -> None:
    """INV-C4."""
    settings = Settings(database_url="postgresql://alongside:hunter2hunter2@localhost/x")
    assert "hunter2" not in repr(settings)
    with pytest.raises(UnsafeSettings) as caught:
        Settings(database_url="mysql://alongside:hunter2hunter2@localhost/x").check()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://relay.example", True),
        ("http://localhost:8400", True),
        ("http://[::1]:8400", True),
        ("https://relay.example/", False),
        ("https://relay.example:443", False),
        ("http://relay.example:80", False),
        ("https://Relay.example", False),
        ("https://user@relay.example", False),
        ("https://relay.example?x", False),
        ("https://relay.example#x", False),
        ("https://relay.example:99999", False),
        ("https://relay.example:x", False),
        ("https://relay.example:0443", False),
        ("https://", False),
        ("relay.example", False),
        ("", False),
        ("https://" + "a" * 300, False),
    ],
)
def test_an_origin_has_one_spelling(text: str, good: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_origin(text) is good


def test_localhost_and_loopback_addresses_are_here_and_nothing_else_is() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "localhost.evil.example", "10.0.0.1", "")))


def test_the_environment_changes_the_defaults() -> None:
    settings = from_environment(
        {
            "ALONGSIDE_CONSOLE_ORIGINS": "https://a.example, https://b.example",
            "ALONGSIDE_BEHIND_PROXY": "1",
            "ALONGSIDE_CERTIFICATE": "service.pem",
            "ALONGSIDE_KEY": "",
        }
    )
    assert (settings.certificate, settings.key) == (Path("service.pem"), None)
    assert settings.console_origins == ("https://a.example", "https://b.example")
    assert settings.behind_proxy
    with pytest.raises(UnsafeSettings):
        from_environment({"ALONGSIDE_PORT": "70000"})


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "new" / "data")
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o750)
    with pytest.raises(UnsafeSettings):
        private_folder(made)


def test_a_key_is_drawn_once_for_its_owner_only_and_refused_when_others_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "issuer.key"
    secret = secret_from(path)
    assert secret_from(path) == secret
    assert len(set(secret)) > 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
    path.chmod(0o640)
    with pytest.raises(UnsafeKeyFile):
        secret_from(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(UnsafeKeyFile):
        secret_from(path)


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with only_server_of(tmp_path), pytest.raises(CannotRun, match="already"), only_server_of(tmp_path):
        pass
    with only_server_of(tmp_path):
        pass


def test_a_taken_port_is_said_in_words() -> None:
    sockets = listen("127.0.0.1", 0)
    with pytest.raises(CannotRun, match="is taken"):
        listen("127.0.0.1", port_of(sockets))
    for opened in sockets:
        opened.close()


class Hands:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_000_000
        self.elapsed = 50.0

    def clock(self) -> ForwardClock:
        return ForwardClock(wall_ms=lambda: self.wall, elapsed_s=lambda: self.elapsed)

    def pass_s(self, seconds: float) -> None:
        self.elapsed += seconds
        self.wall += int(seconds * 1_000)


def test_the_clock_follows_the_wall_clock() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_s(3)
    assert clock.now_ms() == 1_003_000
    hands.wall += 60_000
    assert clock.now_ms() == 1_063_000


def test_a_wall_clock_set_back_gives_a_code_no_more_life() -> None:
    """INV-A3: ten minutes are ten minutes."""
    hands = Hands()
    clock = hands.clock()
    hands.wall -= 3_600_000
    assert clock.now_ms() == 1_000_000
    hands.pass_s(600)
    assert clock.now_ms() == 1_600_000


def test_the_clock_starts_no_earlier_than_the_newest_record() -> None:
    hands = Hands()
    clock = hands.clock()
    assert clock.raise_to(1_500_000) == 500_000
    assert clock.now_ms() == 1_500_000
    hands.pass_s(1)
    assert clock.now_ms() == 1_501_000
    assert clock.raise_to(1_400_000) == 0
    assert clock.now_ms() == 1_501_000


def test_a_stated_clock_says_what_its_file_says_and_runs_on(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2029-03-01T12:00:00+00:00\n", encoding="ascii")
    clock = ForwardClock(wall_ms=StatedClock(file).wall_ms, elapsed_s=lambda: 0.0)
    march = 1_867_060_800_000
    began = clock.now_ms()
    assert 0 <= began - march < 60_000
    file.write_text("2029-03-02T12:00:00", encoding="ascii")
    os.utime(file, ns=(time.time_ns() - 5_000_000_000,) * 2)
    assert 5_000 <= clock.now_ms() - march - 86_400_000 < 65_000
    # Set back, it stands still: no code lives longer by it.
    file.write_text("2029-01-01T12:00:00", encoding="ascii")
    assert clock.now_ms() - march > 86_400_000


@pytest.mark.parametrize("text", ["", "tomorrow", "12", "2029-13-01T12:00:00"])
def test_a_clock_that_states_no_instant_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "clock"
    file.write_text(text, encoding="ascii")
    with pytest.raises(UnreadableClock, match="holds no instant"):
        StatedClock(file)
    with pytest.raises(UnreadableClock, match="holds no instant"):
        StatedClock(tmp_path / "nothing")


@pytest.mark.parametrize("environ", ["", "0", "yes"])
def test_nobody_but_a_test_states_the_time(monkeypatch: pytest.MonkeyPatch, environ: str) -> None:
    """A server whose clock somebody sets keeps codes alive for ever, and dates its records as they like."""
    monkeypatch.setenv("ALONGSIDE_TEST", environ)
    with pytest.raises(UnsafeSettings, match="--clock is for tests"):
        Settings(clock=Path("clock")).check()
    monkeypatch.setenv("ALONGSIDE_TEST", "1")
    Settings(clock=Path("clock")).check()


MAIL = {"mail": "smtps://mail.example", "mail_from": "care@hallmere.example"}


def test_mails_need_a_way_and_a_sender() -> None:
    Settings(**MAIL).check()  # type: ignore[arg-type]
    [fault] = _faults(mail="folder:mails")
    assert "--mail-from" in fault
    [fault] = _faults(mail_from="care@hallmere.example")
    assert "--mail" in fault
    assert len(_faults(mail="mail.example")) == 2
    assert Settings().mail_way() is None


@pytest.mark.parametrize(
    "sender",
    [
        "Care <care@hallmere.example>",
        "care",
        "care@x.example\r\nBcc: eve@x.example",
        "a@b,c@d",
        "ā@b.example",
    ],
)
def test_a_sender_is_one_address_and_nothing_beside_it(sender: str) -> None:
    assert len(_faults(**{**MAIL, "mail_from": sender})) == 1


def test_a_name_and_a_password_of_a_mail_server_stand_in_no_setting_that_is_shown() -> None:
    [fault] = _faults(**{**MAIL, "mail": "smtps://care:geheim@mail.example"})
    assert "geheim" not in fault


def test_mails_are_set_by_the_environment() -> None:
    found = from_environment(
        {
            "ALONGSIDE_MAIL": "smtp://mail.example:25",
            "ALONGSIDE_MAIL_FROM": "care@hallmere.example",
            "ALONGSIDE_MAIL_LOGIN": "login",
        }
    )
    assert (found.mail, found.mail_from) == ("smtp://mail.example:25", "care@hallmere.example")
    assert found.mail_login == Path("login")
