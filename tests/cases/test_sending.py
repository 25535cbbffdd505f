"""Messages reach people by e-mail where it is set up, and the operator's outbox otherwise."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from creditor_meetings.cases import sending
from creditor_meetings.cases.sending import DefaultSender, Message, OutboxSender, deliver

SMS = Message("sms", "13800000000", "登录", "验证码 123456")
EMAIL = Message("email", "li@example.com", "登录", "验证码 654321")


def test_without_a_provider_messages_wait_in_the_outbox(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DATA_DIR = tmp_path
    settings.EMAIL_CONFIGURED = False
    DefaultSender().send(SMS)
    DefaultSender().send(EMAIL)
    files = sorted((tmp_path / "outbox").glob("*.txt"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    assert "13800000000" in texts[0]
    assert "123456" in texts[0]
    assert "654321" in texts[1]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert "654321" in capsys.readouterr().out


def test_e_mail_goes_out_where_it_is_set_up(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.EMAIL_CONFIGURED = True
    settings.DEFAULT_FROM_EMAIL = "meeting@firm.cn"
    DefaultSender().send(EMAIL)
    DefaultSender().send(SMS)
    assert [(one.to, one.from_email, one.body) for one in mail.outbox] == [
        (["li@example.com"], "meeting@firm.cn", "验证码 654321")
    ]
    assert len(list((tmp_path / "outbox").glob("*.txt"))) == 1


def test_a_subject_cannot_smuggle_headers(settings: Any) -> None:
    settings.MESSAGE_SENDER = "creditor_meetings.cases.sending.DefaultSender"
    settings.EMAIL_CONFIGURED = True
    sending._sender.cache_clear()
    assert not deliver(Message("email", "li@example.com", "hi\nBcc: all@example.com", "x"))
    assert mail.outbox == []


def test_what_failed_is_logged_without_its_secret(
    settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MESSAGE_SENDER = "creditor_meetings.cases.sending.OutboxSender"
    sending._sender.cache_clear()

    def fail(self: OutboxSender, message: Message) -> None:
        raise TimeoutError("no answer")

    monkeypatch.setattr(OutboxSender, "send", fail)
    assert not deliver(SMS)
    assert "no answer" in caplog.text
    assert "123456" not in caplog.text
    assert "13800000000" not in caplog.text
