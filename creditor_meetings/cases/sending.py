"""Messages to people by e-mail and SMS, through the sender that `MESSAGE_SENDER` names.

A sender is a class with `send(message)`; an SMS provider's is a few lines of its own. Without
one, e-mail goes out by `EMAIL_URL` where that is set, and everything else is written to the
console and to `DATA_DIR/outbox/`, where the operator finds it.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol
from uuid import uuid4

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import translation
from django.utils.module_loading import import_string

from creditor_meetings.cases import clock

logger = logging.getLogger(__name__)

Channel = Literal["email", "sms"]


@dataclass(frozen=True)
class Message:
    """A message to one address: a phone number for `sms`, else an e-mail address."""

    channel: Channel
    to: str
    subject: str
    text: str


class Sender(Protocol):
    """What delivers a message; it raises whatever it likes when it cannot."""

    def send(self, message: Message) -> None:
        """Deliver one message."""


class OutboxSender:
    """Writes each message to the console and to a file of its own in the outbox."""

    def send(self, message: Message) -> None:
        """Write the message where the operator finds it."""
        text = (
            f"{'SMS' if message.channel == 'sms' else 'E-mail'}: {message.to}\n"
            f"{message.subject}\n\n{message.text}\n"
        )
        directory = Path(settings.DATA_DIR) / "outbox"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{clock.now():%Y%m%dT%H%M%S.%f}-{uuid4().hex[:6]}.txt"
        # Links and codes let their readers in: nobody else on the machine reads them.
        handle = os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        if settings.LOG_FORMAT == "json":
            # What the console shows is collected there; it lets people in.
            logger.info("a message by %s lies in the outbox", message.channel)
            return
        sys.stdout.write(f"--- {name} ---\n{text}")
        sys.stdout.flush()


class DefaultSender:
    """E-mail by `EMAIL_URL` where that is set; everything else to the outbox."""

    def send(self, message: Message) -> None:
        """Deliver the message by e-mail, or write it down."""
        if message.channel == "email" and settings.EMAIL_CONFIGURED:
            send_mail(message.subject, message.text, settings.DEFAULT_FROM_EMAIL, [message.to])
        else:
            OutboxSender().send(message)


@lru_cache
def _sender(path: str) -> Sender:
    made: Sender = import_string(path)()
    return made


def deliver(message: Message) -> bool:
    """Deliver a message now; say whether that worked, and log why not."""
    try:
        _sender(settings.MESSAGE_SENDER).send(message)
    except Exception:
        # The address is personal, the text lets people in: neither belongs in a log.
        logger.exception("a message by %s could not be delivered", message.channel)
        return False
    return True


_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="messages")
# Notices to thousands take hours at a slow provider: a code to sign in must not wait for them.
_bulk_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="notices")


def deliver_later(message: Message) -> None:
    """Deliver a message once the present transaction holds, without anybody waiting for it.

    An answer that came later when there is somebody to write to would tell that there is.
    """
    transaction.on_commit(lambda: _hand_over(message))


def _hand_over(message: Message) -> None:
    in_background(lambda: deliver(message))


_held_back: ContextVar[bool] = ContextVar("held_back", default=False)


@contextmanager
def nothing_goes_out() -> Iterator[None]:
    """Let nothing be sent in the background meanwhile: people of the demo are nobody's."""
    token = _held_back.set(True)
    try:
        yield
    finally:
        _held_back.reset(token)


def in_background(work: Callable[[], object], *, bulk: bool = False) -> None:
    """Do work that nobody waits for; a provider may take seconds for each message.

    `bulk` work has threads of its own, so that nothing urgent waits behind it.
    """
    if _held_back.get():
        return
    if not settings.MESSAGES_IN_BACKGROUND:
        work()
        return
    language = translation.get_language()

    def do() -> None:
        try:
            with translation.override(language):
                work()
        except Exception:
            logger.exception("work in the background failed")
        finally:
            connection.close()

    (_bulk_workers if bulk else _workers).submit(do)
