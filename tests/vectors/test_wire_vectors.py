"""Every case of `wire/vectors`, against the Python implementation."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.vectors.files import WIRE, Case, cases, document
from wire import (
    badge,
    canonical,
    code,
    device_request,
    encoding,
    enrol_code,
    enrolment,
    frames,
    hellos,
    keyset,
    messages,
    records,
    status,
)
from wire.errors import WireError
from wire.reasons import BadgeCause
from wire.structs import write


def check(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def refusal(case: Case, run: Any) -> None:
    with pytest.raises(WireError) as caught:
        run()
    assert caught.value.code == case["error"]


@pytest.mark.parametrize("case", cases(WIRE / "canonical.json"))
def test_canonical_json(case: Case) -> None:
    if case["op"] == "dump":
        if case["result"] == "refused":
            return refusal(case, lambda: canonical.dump(case["value"]))
        assert canonical.dump(case["value"]).decode() == case["text"]
        return None
    data = bytes.fromhex(case["data_hex"]) if "data_hex" in case else case["text"].encode()
    limit = {"limit": case["limit"]} if "limit" in case else {}
    if case["result"] == "refused":
        return refusal(case, lambda: canonical.load(data, **limit))
    assert canonical.load(data, **limit) == case["value"]
    assert canonical.dump(case["value"]) == data
    return None


@pytest.mark.parametrize("case", cases(WIRE / "code.json"))
def test_code(case: Case) -> None:
    operation = getattr(code, case["op"])
    if "error" in case:
        return refusal(case, lambda: operation(*case["args"]))
    returned = operation(*case["args"])
    assert (list(returned) if isinstance(returned, tuple) else returned) == case["returns"]
    return None


@pytest.mark.parametrize("case", cases(WIRE / "encoding.json"))
def test_encoding(case: Case) -> None:
    match case["op"]:
        case "unb64" if case["result"] == "refused":
            refusal(case, lambda: encoding.unb64(case["text"], case.get("size")))
        case "unb64":
            assert encoding.unb64(case["text"], case.get("size")).hex() == case["data_hex"]
            assert encoding.b64(bytes.fromhex(case["data_hex"])) == case["text"]
        case "lv":
            parts = [part["text"] if "text" in part else bytes.fromhex(part["hex"]) for part in case["parts"]]
            assert encoding.lv(*parts).hex() == case["data_hex"]
        case "key_id" if case["result"] == "refused":
            refusal(case, lambda: encoding.key_id(bytes.fromhex(case["raw_hex"])))
        case "key_id":
            assert encoding.key_id(bytes.fromhex(case["raw_hex"])) == case["returns"]
        case _:
            pytest.fail("an operation nobody runs")


@pytest.mark.parametrize("case", cases(WIRE / "frame_headers.json"))
def test_frame_headers(case: Case) -> None:
    head = bytes.fromhex(case["head_hex"])
    allowed = {
        "device": frames.FROM_DEVICE,
        "console": frames.FROM_CONSOLE,
        "device directly": frames.FROM_DEVICE_DIRECT,
    }[case["from"]]
    frame = head + bytes(case["zero_bytes"])
    if case["result"] == "refused":
        return refusal(case, lambda: frames.parse_header(frame, allowed))
    header = frames.parse_header(frame, allowed)
    assert (int(header.stream), header.seq) == (case["stream"], case["seq"])
    assert frames.pack_header(header) == head
    return None


@pytest.mark.parametrize("case", cases(WIRE / "messages.json"))
def test_messages(case: Case) -> None:
    decode = {
        "decode_from_device": messages.decode_from_device,
        "decode_from_console": messages.decode_from_console,
        "decode_for_device": messages.decode_for_device,
        "decode_for_console": messages.decode_for_console,
    }[case["op"]]
    text = case["text"] + " " * case.get("spaces", 0)
    if case["result"] == "refused":
        refusal(case, lambda: decode(text))
        return refusal(case, lambda: decode(text.encode()))
    message = decode(text)
    assert write(message) == case["message"]
    assert decode(messages.encode(message)) == message
    return None


@pytest.mark.parametrize("case", cases(WIRE / "hellos.json"))
def test_hellos(case: Case) -> None:
    data = case["text"].encode()
    if case["op"] == "device_hello_message":
        message = hellos.device_hello_message(case["origin"], bytes.fromhex(case["rc_hex"]), data)
        assert message.hex() == case["message_hex"]
        assert check(bytes.fromhex(case["dpk_hex"]), bytes.fromhex(case["sig_hex"]), message)
        return None
    if case["result"] == "refused":
        parse = getattr(hellos, case["op"])
        return refusal(case, lambda: parse(data))
    expected = case["hello"]
    if case["op"] == "parse_device_hello":
        device = hellos.parse_device_hello(data)
        assert device.to_bytes() == data
        fields = (device.nd.hex(), device.dev, device.dpk.hex(), device.fw, list(device.caps), device.fails)
        assert fields == tuple(expected[name] for name in ("nd_hex", "dev", "dpk_hex", "fw", "caps", "fails"))
        return None
    console = hellos.parse_console_hello(data)
    assert console.to_bytes() == data
    assert (console.nt.hex(), console.kid) == (expected["nt_hex"], expected["kid"])
    return None


@pytest.mark.parametrize("case", cases(WIRE / "records.json"))
def test_records(case: Case) -> None:
    """INV-D1, INV-D3: a record that is not the next one, signed in this session, is never taken."""
    of_file = document(WIRE / "records.json")
    th, dpk = bytes.fromhex(of_file["th_hex"]), bytes.fromhex(of_file["dpk_hex"])
    reader = records.RecordReader(th, dpk, check)
    lines = [text.encode() for text in case["records"]]
    for line in lines[: case.get("refused_at", len(lines))]:
        reader.read(line)
    if case["result"] == "valid":
        assert (reader.count, reader.head) == (case["count"], case["head"])
        return
    before = (reader.count, reader.head)
    refusal(case, lambda: reader.read(lines[case["refused_at"]]))
    assert (reader.count, reader.head) == before


@pytest.mark.parametrize("case", cases(WIRE / "badge.json"))
def test_badge(case: Case) -> None:
    if case["op"] == "parse":
        if case["result"] == "refused":
            return refusal(case, lambda: badge.parse(case["jws"]))
        parsed = badge.parse(case["jws"])
        assert (parsed.kid, parsed.badge.claims()) == (case["kid"], case["claims"])
        assert (parsed.signed.decode(), parsed.sig.hex()) == (case["signed_text"], case["sig_hex"])
        assert badge.assemble(badge.signing_input(parsed.kid, parsed.badge), parsed.sig) == case["jws"]
        return None
    if case["op"] == "accept":
        return accepting(case)
    parsed, knows = badge.parse(case["jws"]), dict(case["judge"])
    key = knows.pop("issuer_key_hex")
    knows["issuer_key"] = None if key is None else bytes.fromhex(key)
    if case["result"] == "refused":
        return refusal(case, lambda: badge.judge(parsed, **knows, check=check))
    badge.judge(parsed, **knows, check=check)
    return None


ROOT_KEY = bytes.fromhex(document(WIRE / "keyset.json")["root_hex"])


def accepting(case: Case) -> None:
    """A badge at a device that holds a keyset and a list of what is revoked."""
    parsed, knows = badge.parse(case["jws"]), dict(case["accept"])
    text, listed = knows.pop("keyset").encode(), knows.pop("status").encode()
    held = keyset.verified(text, root=ROOT_KEY, check=check) if text else None
    revoked = (
        status.verified(listed, status_key=held.status, iss=held.iss, check=check)
        if held and listed
        else None
    )
    if case["result"] == "valid":
        badge.accept(parsed, keyset=held, status=revoked, **knows, check=check)
        return
    with pytest.raises(badge.BadgeError) as caught:
        badge.accept(parsed, keyset=held, status=revoked, **knows, check=check)
    assert (caught.value.code, caught.value.cause) == (case["error"], case["cause"])


def test_every_cause_but_two_has_a_vector() -> None:
    """`form` is refused before, `other_session` after a badge is judged."""
    named = {case["cause"] for case in document(WIRE / "badge.json")["cases"] if "cause" in case}
    assert named == set(BadgeCause) - {BadgeCause.FORM, BadgeCause.OTHER_SESSION}


@pytest.mark.parametrize("case", cases(WIRE / "keyset.json"))
def test_keyset(case: Case) -> None:
    data = case["text"].encode()
    if case["result"] == "refused":
        return refusal(case, lambda: keyset.verified(data, root=ROOT_KEY, check=check))
    held = keyset.verified(data, root=ROOT_KEY, check=check)
    assert held.unsigned() == case["keyset"] | {"v": 1}
    return None


@pytest.mark.parametrize("case", cases(WIRE / "status.json"))
def test_status(case: Case) -> None:
    file, data = document(WIRE / "status.json"), case["text"].encode()
    key = bytes.fromhex(file["status_key_hex"])
    if case["result"] == "refused":
        return refusal(case, lambda: status.verified(data, status_key=key, iss=file["iss"], check=check))
    found = status.verified(data, status_key=key, iss=file["iss"], check=check)
    assert (found.iat, sorted(found.jtis), sorted(found.kids)) == (case["iat"], case["jtis"], case["kids"])
    assert b"".join(status.parts(data)) == data
    return None


@pytest.mark.parametrize("case", cases(WIRE / "enrolment.json"))
def test_enrolment(case: Case) -> None:
    match case["op"]:
        case "verify_enrolment":
            check_credential(case)
        case "read_enrol_code":
            expected = None if case["result"] == "refused" else case["returns"]
            assert enrol_code.read_enrol_code(case["typed"]) == expected
        case "enrol_message":
            key, rc = bytes.fromhex(case["key_hex"]), bytes.fromhex(case["rc_hex"])
            message = enrolment.enrol_message(case["origin"], rc, key, case["code"])
            assert message.hex() == case["message_hex"]
            assert check(key, bytes.fromhex(case["sig_hex"]), message)
        case _:
            pytest.fail("an operation nobody runs")


def check_credential(case: Case) -> None:
    file = document(WIRE / "enrolment.json")
    held = keyset.verified(file["keyset"].encode(), root=bytes.fromhex(file["root_hex"]), check=check)
    revoked = status.StatusList(held.iss, held.iat, frozenset(), frozenset(case["revoked"]))
    dpk = bytes.fromhex(file["dpk_hex"])

    def judged() -> enrolment.Enrolment:
        return enrolment.verified(case["jws"], keyset=held, status=revoked, dpk=dpk, check=check)

    if case["result"] == "refused":
        refusal(case, judged)
        return
    found = judged()
    assert (found.sub, found.model, found.iat) == (case["unit"], case["model"], case["iat"])


@pytest.mark.parametrize("case", cases(WIRE / "device_request.json"))
def test_device_request(case: Case) -> None:
    assert case["op"] == "verify_device_request"
    asked = device_request.Asked(
        origin=case["origin"],
        method=case["method"],
        target=case["target"],
        body=bytes.fromhex(case["body_hex"]),
        credential=case["credential"],
        token=case["token"],
    )

    def judged() -> device_request.Assertion:
        return device_request.verified(case["assertion"], asked, now_s=case["now"], check=check)

    if case["result"] == "refused":
        refusal(case, judged)
        return
    found = judged()
    assert (found.key.hex(), found.iat, found.jti) == (case["key_hex"], case["iat"], case["jti"])
