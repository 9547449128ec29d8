"""What an e-mail address may be: one spelling to be found by, and nothing that could be more than one."""

from __future__ import annotations

import unicodedata

import pytest

from identity.customers.addresses import ADDRESS_BYTES, LOCAL_BYTES, Address, address_of


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("a@b.example", Address("a@b.example", "a@b.example", "a@b.example")),
        (" Liga@Mail.Example ", Address("Liga@Mail.Example", "liga@mail.example", "Liga@mail.example")),
        ("o'hara+tv@mail.example", Address(*("o'hara+tv@mail.example",) * 3)),
        (
            "līga@bāka.example",
            Address("līga@bāka.example", "līga@xn--bka-1oa.example", "līga@xn--bka-1oa.example"),
        ),
        (
            "LĪGA@BĀKA.example",
            Address("LĪGA@BĀKA.example", "līga@xn--bka-1oa.example", "LĪGA@xn--bka-1oa.example"),
        ),
        (
            "liga@mail\u3002example\n",  # a dot to whoever types ideographs, and the line's end is trimmed
            Address("liga@mail\u3002example", "liga@mail.example", "liga@mail.example"),
        ),
    ],
)
def test_an_address_has_one_key_however_it_is_typed(typed: str, address: Address) -> None:
    assert address_of(typed) == address


def test_composed_and_decomposed_letters_are_the_same_address() -> None:
    """INV-F5."""
    composed = address_of("līga@bāka.example")
    assert composed == address_of(unicodedata.normalize("NFD", "līga@bāka.example"))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "nobody",
        "@mail.example",
        "liga@",
        "liga@mail",
        "liga@@mail.example",
        "a@b@mail.example",
        "li ga@mail.example",
        ".liga@mail.example",
        "liga.@mail.example",
        "li..ga@mail.example",
        '"liga"@mail.example',
        "liga@[192.0.2.1]",
        "liga@192.0.2.1",
        "liga@-mail.example",
        "liga@mail-.example",
        "liga@mail..example",
        "liga@.example",
        "liga@mail.example.",
        "liga@mail_x.example",
        "liga@xn--a.example",
        "Liga <liga@mail.example>",
        "liga@mail.example,eve@mail.example",
        "liga@mail.example eve@mail.example",
        "liga@mail.example\nBcc: eve@mail.example",
        "liga\r\nBcc: eve@mail.example",
        "liga\0@mail.example",
        "liga@mail.example\0",
        "li\u202ega@mail.example",
        "li\u200bga@mail.example",
        "li\ud800ga@mail.example",
        "li\U0001f600ga@mail.example",
    ],
)
def test_what_is_no_address_or_more_than_one_is_refused(typed: str) -> None:
    assert address_of(typed) is None


def test_lengths_are_counted_in_bytes_as_mail_servers_do() -> None:
    """RFC 5321 §4.5.3.1."""
    assert address_of("a" * LOCAL_BYTES + "@mail.example") is not None
    assert address_of("a" * (LOCAL_BYTES + 1) + "@mail.example") is None
    assert address_of("ā" * (LOCAL_BYTES // 2 + 1) + "@mail.example") is None
    longest = "a@" + "b." * ((ADDRESS_BYTES - 2 - 2) // 2) + "cd"
    assert len(longest) == ADDRESS_BYTES
    assert address_of(longest) is not None
    assert address_of("a" + longest) is None
    assert address_of("a" * 100_000 + "@mail.example") is None


def test_an_address_can_never_end_a_header_or_a_command() -> None:
    """Whatever character stands in it: nothing that is more than one word on a line comes through."""
    for number in (*range(0x300), 0x2028, 0x2029, 0xFF1C, 0xFF20, 0xFEFF):
        found = address_of(f"a{chr(number)}b@mail.example")
        if found is not None:
            assert not set(found.sent_to) & set('\r\n\0\t <>,;:"()[]\\\x7f\x85\u2028\u2029')
            assert found.sent_to.count("@") == 1
