"""The sealed session on the device: checks the badge, executes in order, records each command, ends for good.

It moves no bytes itself: frames come in through `receive` and leave through the outbox. All that follows
from a call happens in that call, so Stop is over when `stop` returns (INV-B1).
"""

from __future__ import annotations

import logging
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from device_agent.admission import admitted
from device_agent.commands import Commands, in_order
from device_agent.devices.abilities import NONE, Abilities
from device_agent.devices.shutter import Shutter
from device_agent.host import Visitor
from device_agent.lease import Lease
from device_agent.media import Media
from device_agent.permit import Permit
from seal import messages as sealed
from seal.errors import SealError
from wire import messages
from wire.badge import BadgeError
from wire.commands import Grant
from wire.encoding import sha256_b64
from wire.errors import WireError
from wire.frames import FROM_CONSOLE, Stream, parse_header
from wire.limits import CONSENT_S, IDLE_S
from wire.reasons import BadgeCause, EndReason
from wire.records import RecordWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device_agent.clock import Clock
    from device_agent.devices.protocol import Device, Pressed
    from device_agent.host import Host, Pictures
    from device_agent.now import RelayTime
    from device_agent.outbox import Outbox
    from device_agent.panel_view import Summary
    from device_agent.trust import DeviceKey, Trust
    from seal.frames import Sealer
    from seal.keys import SessionKeys
    from seal.messages import Auth, T2DControl, T2DLink
    from seal.pictures import PictureHead
    from wire.commands import ActionClass

log = logging.getLogger(__name__)

_CURRENT_S: Final = 0.5


class _Phase(Enum):
    AUTH = auto()
    CONSENT = auto()
    ACTIVE = auto()
    ENDED = auto()


class Session:
    """From confirmed keys to the end, which is final: nothing executes, seals or opens after it (INV-B5)."""

    def __init__(
        self,
        *,
        keys: SessionKeys,
        kid: str,
        relay_time: RelayTime,
        key: DeviceKey,
        trust: Trust,
        device: Device,
        clock: Clock,
        outbox: Outbox,
        host: Host,
        relay_heard_at: float,
        credential: Callable[[], str] = str,
        abilities: Abilities = NONE,
    ) -> None:
        self._keys = keys
        self._kid = kid
        self._relay_time = relay_time
        self._credential = credential
        self._trust = trust
        self._device = device
        self._clock = clock
        self._outbox = outbox
        self._host = host
        self._records = RecordWriter(keys.th, key.sign)
        self._openers = {stream: keys.opener(stream) for stream in FROM_CONSOLE}
        self._control = keys.sealer(Stream.D2T_CONTROL)
        self._phase = _Phase.AUTH
        self._lease = Lease(clock.boot(), relay_heard_at=relay_heard_at)
        self._heard_at = self._asked_at = now = clock.boot()
        self._permit = Permit(now)
        self._current_at = 0.0
        self._sign = 0  # the console's newest sign of life that waits for its answer
        self._newest_sign = 0
        self._shown_at: float | None = None
        self._commands = Commands(device, abilities, host, self)
        self._decoding = False
        self.pictures: Pictures | None = None
        self._shutter = abilities.shutter or Shutter()
        self.media = Media(keys, outbox, self, self._shutter)

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen."""
        return self._phase is not _Phase.ENDED

    @property
    def is_paired(self) -> bool:
        """Whether a badge was accepted."""
        return self._phase in {_Phase.CONSENT, _Phase.ACTIVE}

    @property
    def summary(self) -> Summary:
        """What was done so far, for the end card."""
        return self._commands.summary(self._seconds_shown(), helped=bool(self._permit.grants))

    def _seconds_shown(self) -> int:
        if self._shown_at is None:
            return 0
        return max(1, round(self._clock.boot() - self._shown_at))  # a glance is not nothing

    # What comes in

    def receive(self, frame: bytes) -> None:
        """One frame of the console's; anything wrong with it ends the session."""
        if not self.is_open:
            return
        try:
            stream = parse_header(frame, FROM_CONSOLE).stream
            plaintext = self._openers[stream].open(frame)
            if stream is Stream.T2D_CONTROL:
                self._on_control(sealed.decode_t2d_control(plaintext), sha256_b64(frame))
            else:
                self._on_link(sealed.decode_t2d_link(plaintext))
            self.media.console_heard()
        except (SealError, WireError) as error:
            log.warning("frame refused: %s", error.code)
            self._end(EndReason.INTEGRITY_FAILED)

    def relay_heard(self, at: float) -> None:
        """The relay's newest WebSocket ping came at `at`."""
        self._lease.relay_heard(at)

    def alive(self, sign: messages.Alive) -> None:
        """The console's sign of life beside its socket (seal/SPEC §5.1); a forged one ends the session."""
        if not self.is_open:
            return
        try:
            self._keys.alive.check_console(sign.k, sign.n, sign.pic, sign.tag)
            # Before `paired` no ping was sent that it could name.
            if not self._lease.alive(sign.n, self._clock.boot()):
                return
        except SealError as error:
            log.warning("sign of life refused: %s", error.code)
            self._end(EndReason.INTEGRITY_FAILED)
            return
        is_new = sign.k > self._newest_sign  # one that is said again says nothing new
        if self.pictures is not None:
            self.pictures.acknowledge(sign.pic)
            if is_new:
                self.pictures.held_up()
            self.media.acknowledged(sign.pic)
        if is_new:
            self.media.console_heard()
        if self._sign == 0:  # else an answer waits already, and will be to the newest
            self._outbox.put_later(self._answer_sign)
        self._sign = max(self._sign, sign.k)
        self._newest_sign = max(self._newest_sign, sign.k)

    def _answer_sign(self) -> str:
        k, self._sign = self._sign, 0
        n, heard = self._lease.newest, self._lease.heard
        tag = self._keys.alive.of_device(k, n, heard)
        return messages.encode(messages.AliveAnswer(k=k, n=n, heard=heard, tag=tag))

    def tick(self, *, slept: bool = False) -> None:
        """Send what is due, end what is over; several times a second. `slept`: this device did not run."""
        if not self.is_paired:
            return
        now = self._clock.boot()
        lost = self._lease.verdict(now)
        if lost is not None and slept:
            lost = EndReason.DEVICE_LOST  # who slept cannot say that others were silent
        reason = lost or self._limit(now)
        if reason is not None:
            self._end(reason)
            return
        if self._lease.due(now):
            self.say(sealed.Ping(n=self._lease.ping(now), dts=self._clock.now_ms()))
        if self._phase is _Phase.ACTIVE and self.pictures is None and now - self._current_at >= _CURRENT_S:
            self._say_current(0, self._clock.now_ms(), sealed.PictureState.NONE)
        self._commands.tell(self._permit.grants)
        self.media.tick()

    # What the customer decides

    def allow(self, grants: Iterable[Grant]) -> None:
        """The customer's answer. Nothing left switched on is a No."""
        given = frozenset(grants)
        if self._phase is not _Phase.CONSENT:
            return
        if not given:
            self._end(EndReason.CONSENT_REFUSED)
            return
        now = self._clock.boot()
        self._phase, self._heard_at = _Phase.ACTIVE, now
        self._consented(self._permit.give(given, now))

    @property
    def seconds_granted(self) -> float:
        """How long the customer's yes still holds."""
        return self._permit.until - self._clock.boot()

    @property
    def may_be_renewed(self) -> bool:
        """Whether it is time to ask the customer for more of it, and more can be had (INV-B5)."""
        return self._phase is _Phase.ACTIVE and self._permit.may_be_renewed(self._clock.boot())

    def renew(self) -> None:
        """The customer said once more what they said before, and for as long again."""
        if self.may_be_renewed:
            self._consented(self._permit.renew(self._clock.boot()))

    def answer(self, grants: Iterable[Grant], *, said: bool) -> None:
        """The customer's answer to a question for more; not `said`: they let it pass, which is a no."""
        now = self._clock.boot()
        given = frozenset(grants)
        question = self._commands.question_over(now, given=bool(given))
        if question is None or self._phase is not _Phase.ACTIVE:
            return
        self._consented(self._permit.add(given & question.asks, now))
        self._commands.answered(question, given=bool(given), said=said)

    def customer_pressed(self) -> None:
        """The customer's own remote comes first."""
        self._commands.customer_pressed(self._clock.boot())

    def customer_hid(self, *, hidden: bool) -> None:
        """The customer hid the screen, or shows it again: what is being done stops, and it is recorded."""
        if hidden:
            self.media.hidden()
            self._commands.customer_hid()
        self._record_hide(hidden=hidden)

    def _record_hide(self, *, hidden: bool) -> None:
        if self._phase is _Phase.ACTIVE and hidden is not self._records.is_hidden:
            self._record(self._records.hide(dts=self._clock.now_ms(), hidden=hidden))

    def _consented(self, for_s: int) -> None:
        grants = self._permit.grants
        self._say_consent(self._records.consent(dts=self._clock.now_ms(), grants=grants, for_s=for_s))
        # Hidden before anybody was allowed to see it: an auditor must not read that it was seen.
        self._record_hide(hidden=self._shutter.is_hidden)
        self.media.permitted()

    def stop(self, reason: EndReason, *, frame: str = "", cause: BadgeCause | None = None) -> None:
        """Close now, tell after: when this returns nothing executes and nothing but the ending leaves."""
        if not self.is_open:
            return
        refused = self._phase is _Phase.CONSENT and reason in _NO
        self._phase = _Phase.ENDED
        self.media.close()
        self._commands.end()
        self._outbox.drop_unsealed()
        if refused:
            self._say_consent(self._records.consent(dts=self._clock.now_ms(), grants=(), for_s=0))
        self._tell(reason, frame, cause)
        self._keys.wipe()
        self._outbox.finish()

    def abandon(self) -> None:
        """The relay has ended the session, or the line is gone: nobody is left to tell."""
        self._phase = _Phase.ENDED
        self.media.close()
        self._commands.end()
        self._outbox.drop_unsealed()
        self._keys.wipe()
        self._outbox.finish()

    # What pictures and sound ask

    def send_picture(self, head: PictureHead, data: bytes) -> None:
        """Seal and send one picture, while the customer lets this screen be seen."""
        self._lease.picture(head.pic, self._clock.boot())
        self.media.send_picture(head, data)

    def allowed(self) -> frozenset[Grant]:
        """What the customer allows now; nothing before the consent and after the end."""
        return self._permit.grants if self._phase is _Phase.ACTIVE else frozenset()

    def picture_left(self) -> None:
        """A picture is on its way."""
        if self._shown_at is None:
            self._shown_at = self._clock.boot()

    def want_key(self) -> None:
        """The next picture must stand alone."""
        if self.pictures is not None:
            self.pictures.want_key()

    def held_up(self) -> None:
        """One more picture need not wait until those before it were drawn."""
        if self.pictures is not None:
            self.pictures.held_up()

    def sound_wanted(self, *, on: bool) -> None:
        """The technician wants to hear the sound, or not any more."""
        self._host.sound_wanted(on=on)

    def send_current(
        self, pic: int, at: int, state: sealed.PictureState = sealed.PictureState.LIVE, masked: int = 0
    ) -> None:
        """Say what the picture is; where it is live, `pic` is still what the screen shows."""
        if self._may_show():
            self._say_current(pic, at, state, masked)

    # Inside

    def _on_control(self, message: T2DControl, frame: str) -> None:
        self._heard_at = self._clock.boot()
        if isinstance(message, sealed.Auth) is not (self._phase is _Phase.AUTH):
            raise SealError("bad_message", "auth comes first and once")
        match message:
            case sealed.Auth():
                self._on_auth(message, frame)
            case sealed.Close():
                self._end(EndReason.TECHNICIAN_LEFT, frame=frame)
            case _ if not self.may_execute(message.hb):
                self._commands.late(message, frame)
            case sealed.Ask():
                self._commands.ask(message, frame, self._permit.grants, self._heard_at)
            case sealed.Still():
                self._commands.still(message, frame, self._permit.grants, self._heard_at, self.pictures)
            case _:
                self._commands.execute(message, frame, self._permit.grants, self._heard_at)

    def _on_link(self, message: T2DLink) -> None:
        match message:
            case sealed.Pong(n=n) if self.is_paired:
                self._lease.pong(n, self._clock.boot())
            case sealed.Decode(codecs=codecs) if self._may_show() and not self._decoding:
                self._decoding = True
                self._host.picture_wanted(codecs)
            case sealed.Decode(codecs=codecs) if self.pictures is not None:
                self.pictures.prefer(codecs)
            case sealed.Ack(pic=pic) if self.pictures is not None:
                self._lease.acknowledge(pic)
                self.pictures.acknowledge(pic)
                self.media.acknowledged(pic)
            case sealed.KeyFrame() if self.pictures is not None:
                self.pictures.want_key()
                self.media.replaced()
            case sealed.Signal() | sealed.Carrier() | sealed.Hear() if self._phase is _Phase.ACTIVE:
                self.media.heard(message)
            case sealed.Ack() | sealed.KeyFrame() | sealed.Decode() if self._decoding:
                return  # the picture is about to start
            case _:
                raise SealError("bad_message", "not at this moment")

    def _on_auth(self, auth: Auth, frame: str) -> None:
        try:
            badge = admitted(
                auth, trust=self._trust, kid=self._kid, th=self._keys.th, now_ms=self._trusted_now_ms()
            )
        except WireError as error:
            cause = error.cause if isinstance(error, BadgeError) else BadgeCause.FORM
            log.warning("badge refused: %s", cause)
            self._end(EndReason.BADGE_REFUSED, frame=frame, cause=cause)
            return
        record = self._records.paired(
            dts=self._clock.now_ms(), frame=frame, badge=sha256_b64(auth.cred.encode("ascii"))
        )
        now = self._clock.boot()
        self._phase, self._asked_at = _Phase.CONSENT, now
        self._lease = Lease(now, relay_heard_at=self._lease.relay_heard_at)
        self._record(record)
        self.say(sealed.Paired(enrol=self._credential(), rec=record, name=self._device.name))
        self.say(sealed.Ping(n=self._lease.ping(now), dts=self._clock.now_ms()))
        self._commands.admit(badge.scopes)
        self._host.visitor_came(Visitor(badge.name, badge.org, auth.request, in_order(auth.asks)))

    def _trusted_now_ms(self) -> int:
        return self._relay_time.now_ms(self._trust.now_ms(), self._clock.boot())

    def act(self, action_class: ActionClass, done: Pressed, frame: str, *, pc: str = "") -> None:
        """Record what became of the command in `frame`; `pc` is a hash of what it brought."""
        record = self._records.action(
            dts=self._clock.now_ms(),
            frame=frame,
            action_class=action_class,
            path=done.path,
            outcome=done.outcome,
            pc=pc,
            cause=done.cause,
        )
        self._record(record)

    def may_execute(self, hb: int) -> bool:
        """Whether a command that names ping `hb` may act now (seal/SPEC §5, INV-B3, INV-B4)."""
        now = self._clock.boot()
        return self._lease.holds(now) and self._lease.is_fresh(hb, now) and now < self._permit.until

    def _limit(self, now: float) -> EndReason | None:
        if self._phase is _Phase.CONSENT and now - self._asked_at >= CONSENT_S:
            return EndReason.CONSENT_TIMEOUT
        if now >= self._permit.until:
            return EndReason.TIME_LIMIT
        if now - self._heard_at >= IDLE_S:
            return EndReason.IDLE
        return None

    def _end(self, reason: EndReason, *, frame: str = "", cause: BadgeCause | None = None) -> None:
        self.stop(reason, frame=frame, cause=cause)
        self._host.session_over(reason, cause)

    def _say_consent(self, record: bytes) -> None:
        self._record(record)
        self.say(sealed.Consent(rec=record))

    def _tell(self, reason: EndReason, frame: str, cause: BadgeCause | None) -> None:
        record = self._records.end(dts=self._clock.now_ms(), reason=reason, frame=frame, cause=cause)
        goodbye = sealed.DeviceClose(reason=reason, rec=record)
        # The sealed word first: the relay closes the line upon the record.
        self._outbox.seal_all()
        try:
            self._outbox.put(seal(self._control, sealed.encode(goodbye)))
        except SealError as error:
            log.warning("the ending is told in clear only: %s", error.code)
        self._record(record)

    def _record(self, record: bytes) -> None:
        self._outbox.put(messages.encode(messages.RecordMsg(rec=record)))

    def _may_show(self) -> bool:
        return Grant.VIEW in self.allowed()

    def _say_current(self, pic: int, at: int, state: sealed.PictureState, masked: int = 0) -> None:
        self._current_at = self._clock.boot()
        self.say(sealed.Current(pic=pic, at=at, rtt=self._lease.rtt_ms, picture=state, masked=masked))

    def say(self, message: sealed.D2TControl) -> None:
        """Say it sealed, in its turn."""
        plaintext = sealed.encode(message)
        self._outbox.put_later(lambda: self.seal_or_end(self._control, plaintext))

    def seal_or_end(self, sealer: Sealer, plaintext: bytes) -> bytes | None:
        """The frame, or None where the session had to end instead."""
        try:
            return seal(sealer, plaintext)
        except SealError as error:
            # A stream has 2^20 numbers; using one twice would betray the key (SPEC §4, INV-C3).
            log.warning("cannot seal: %s", error.code)
            if self.is_open:
                self._end(EndReason.TIME_LIMIT)
            return None


def seal(sealer: Sealer, plaintext: bytes) -> bytes:
    """The only way from plaintext to the line."""
    return sealer.seal(plaintext)


_NO: Final = frozenset({EndReason.CONSENT_REFUSED, EndReason.CONSENT_TIMEOUT})
