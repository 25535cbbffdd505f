"""Minutes and certificates: every figure exact, made from the ledger, the same bytes again."""

from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
from django.db import transaction

from creditor_meetings.cases import clock
from creditor_meetings.cases.errors import Refused
from creditor_meetings.meetings import record
from tests.papers.conftest import Held, close
from tests.support import world
from voting import poll_changes
from voting.models import LedgerEntry, Paper
from voting.papers import certificate, minutes, saying, setting, store, story, verbs


def text_of(paper: Paper) -> str:
    """Read a kept paper's text, without the breaks that the layout puts."""
    reader = pypdf.PdfReader(BytesIO(store.content(paper.sha256)))
    text = "".join(page.extract_text() for page in reader.pages)
    return "".join(text.replace("\u200b", "").split())


def assert_says(text: str, *parts: str) -> None:
    for part in parts:
        assert "".join(part.split()) in text, part


def test_minutes_say_what_the_ledger_says(held: Held) -> None:
    additions = "会后补充：\n债务人代表未到会。"
    paper = verbs.make_minutes(held.meeting, held.viewer("administrator"), additions, names=True)
    text = text_of(paper)
    assert_says(
        text, held.case.court, held.case.number, "江南精密机械有限公司", "审判长沈静",
        "出席会议的债权人 3 户，代表债权额 1,000,000.00 元",
        "首次表决时登记在册的债权人共 4 户，有表决权的债权额 1,000,000.00 元",
        "占户数的 75.00%", "变价方案全文", "ab" * 32, "变价如何进行？〓", "甲公司",
        "破产财产变价方案", "执行中的调整另行报告。", "2 / 3 户", "66.67%",
        "900,000.00 / 1,000,000.00 元", "90.00%", "至少 2 户", "至少 500,000.00 元",
        "企业破产法第六十四条第一款", "参加表决 2 户，占出席的有表决权债权人 3 户的 66.67%",
        "有表决权 3 户", "无表决权 1 户", "法官确认表决结果", "沈静",
        "会后补充：", "债务人代表未到会。", "代理人周", "出席未表决", "债权尚未确定",
        f"账本前 {paper.ledger_size} 条", "第 1 页", "主持人", "书记员",
    )  # fmt: skip
    assert "〓" in text
    assert "反对1" not in text
    assert LedgerEntry.objects.latest("position").kind == "paper_made"
    assert LedgerEntry.objects.latest("position").body["sha256"] == paper.sha256


def test_public_copies_name_no_voter(held: Held) -> None:
    public = verbs.make_minutes(held.meeting, held.viewer("clerk"), "", names=False)
    text = text_of(public)
    assert "乙公司" not in text
    assert "代理人周" not in text
    assert_says(text, "900,000.00 / 1,000,000.00 元", "占出席的有表决权债权人")
    made = verbs.make_certificate(held.meeting, held.poll.pk, held.viewer("judge"), names=False)
    assert "甲公司" not in text_of(made)
    court = verbs.make_certificate(held.meeting, held.poll.pk, held.viewer("judge"), names=True)
    assert_says(text_of(court), "甲公司", "代理人周", "丙公司")
    assert (made.version, court.version) == (1, 2)


def test_same_ledger_same_bytes(held: Held) -> None:
    paper = verbs.make_minutes(held.meeting, held.viewer("clerk"), "补充。", names=False)
    made = verbs.make_certificate(held.meeting, held.poll.pk, held.viewer("clerk"), names=True)
    for one in (paper, made):
        told = story.read(held.meeting, one.ledger_size)
        if one is paper:
            said = minutes.say(
                told, 1, "补充。", names=False, resolutions={held.poll.pk: held.poll}
            )
        else:
            said = certificate.say(told, held.poll, 1, names=True)
        again = setting.set_paper(one.kind, said, saying.moment(told.last.at))
        assert again == store.content(one.sha256)


def test_a_later_version_leaves_the_earlier_one(held: Held) -> None:
    first = verbs.make_minutes(held.meeting, held.viewer("clerk"), "", names=False)
    close(held)
    second = verbs.make_minutes(held.meeting, held.viewer("clerk"), "", names=False)
    assert (first.version, second.version) == (1, 2)
    assert second.ledger_size > first.ledger_size
    assert first.sha256 != second.sha256
    assert store.content(first.sha256)
    assert_says(text_of(second), "闭会")


def test_papers_are_for_keeping(held: Held) -> None:
    paper = verbs.make_minutes(held.meeting, held.viewer("clerk"), "", names=False)
    reader = pypdf.PdfReader(BytesIO(store.content(paper.sha256)))
    about = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "pdfaid:part>3<" in about or 'pdfaid:part="3"' in about
    assert "/OutputIntents" in reader.trailer["/Root"]
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile3" in below["/FontDescriptor"]


def test_what_cannot_be_made_is_refused(held: Held) -> None:
    with pytest.raises(Refused, match="只有"):
        verbs.make_minutes(held.meeting, held.viewer("甲公司"), "", names=False)
    with pytest.raises(Refused, match="没有这项表决"):
        verbs.make_certificate(held.meeting, 987_654, held.viewer("judge"), names=False)
    with pytest.raises(Refused, match="最多"):
        verbs.make_minutes(held.meeting, held.viewer("judge"), "长" * 20_001, names=False)
    assert not Paper.objects.exists()


def test_who_may_have_which_paper(held: Held) -> None:
    public = verbs.make_certificate(held.meeting, held.poll.pk, held.viewer("judge"), names=False)
    court = verbs.make_certificate(held.meeting, held.poll.pk, held.viewer("judge"), names=True)
    draft = verbs.make_minutes(held.meeting, held.viewer("judge"), "", names=False)
    creditor, clerk = held.client("甲公司"), held.client("clerk")

    def status(client: object, paper: Paper) -> int:
        return client.get(held.url(f"papers/{paper.pk}.pdf")).status_code  # type: ignore[attr-defined]

    assert [status(clerk, one) for one in (public, court, draft)] == [200, 200, 200]
    assert [status(creditor, one) for one in (public, court, draft)] == [200, 404, 404]
    verbs.sign_paper(held.meeting, draft.pk, "judge", held.viewer("judge"))
    assert status(creditor, draft) == 404
    close(held)
    assert status(creditor, draft) == 200
    assert status(held.client("stranger"), draft) == 404
    page = creditor.get(held.url())
    assert "沈静" in page.content.decode()
    assert "存卷本" not in page.content.decode()


def test_pages_make_and_sign(held: Held) -> None:
    clerk = held.client("clerk")
    made = clerk.post(held.url("papers/minutes/"), {"additions": "补充。", "copy": "court"})
    assert made.status_code == 302
    paper = Paper.objects.get()
    assert (paper.additions, paper.language) == ("补充。", "zh-x-names")
    assert clerk.post(held.url(f"papers/{paper.pk}/sign/"), {"role": "clerk"}).status_code == 302
    twice = clerk.post(held.url(f"papers/{paper.pk}/sign/"), {"role": "clerk"})
    assert twice.status_code == 400
    assert "已经以这一身份签署过" in twice.content.decode()
    wrong = clerk.post(held.url(f"papers/{paper.pk}/sign/"), {"role": "judge"})
    assert wrong.status_code == 403
    nonsense = clerk.post(held.url("papers/minutes/"), {"additions": "打了很久的字", "copy": "?"})
    assert nonsense.status_code == 400
    assert "打了很久的字" in nonsense.content.decode()
    pdf = clerk.get(held.url(f"papers/{paper.pk}.pdf"))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content == store.content(paper.signatures.get().sha256)


def test_what_was_done_to_a_poll_is_told(held: Held) -> None:
    poll = world.make_resolution(held.meeting, title="财产管理方案", power=8)
    judge = held.viewer("judge")
    soon = clock.now() + timedelta(hours=1)
    world.open_poll(poll, held.people["judge"], closes_at=soon)
    world.cast(held.people["甲公司"], poll, "against")
    later = soon + timedelta(hours=2)
    poll_changes.extend_poll(held.meeting, poll.pk, later, "网络拥堵", judge)
    poll_changes.suspend_poll(held.meeting, poll.pk, "法院网络中断", judge)
    poll_changes.resume_poll(held.meeting, poll.pk, judge)
    poll_changes.void_poll(held.meeting, poll.pk, "登记册有误", judge)
    text = text_of(verbs.make_minutes(held.meeting, judge, "", names=False))
    assert_says(
        text, "延长表决", "网络拥堵", "暂停表决", "法院网络中断", "恢复表决", "作废", "登记册有误",
        "本项表决已作废，不产生结果。",
    )  # fmt: skip
    assert text.count("本项表决：") == 1
    with pytest.raises(Refused, match="还没有结果"):
        verbs.make_certificate(held.meeting, poll.pk, judge, names=False)


def test_groups_are_told_each_with_its_figures(held: Held) -> None:
    world.make_creditor(held.case, "工商银行", nature="secured", confirmed="8000000.00")
    poll = world.make_resolution(
        held.meeting, title="重整计划草案", power=6, rule="prc-reorganisation"
    )
    world.open_poll(poll, held.people["judge"])
    world.cast(held.people["甲公司"], poll, "for")
    world.close_poll(poll, held.people["judge"])
    made = verbs.make_certificate(held.meeting, poll.pk, held.viewer("clerk"), names=True)
    assert_says(
        text_of(made), "担保债权组", "普通债权组", "600,000.00 / 1,000,000.00 元", "本组未通过",
        "企业破产法第八十四条第二款", "甲公司",
    )  # fmt: skip


def test_too_many_names_are_refused(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "NAMES", 3)
    with pytest.raises(Refused, match="证据包"):
        verbs.make_certificate(held.meeting, held.poll.pk, held.viewer("judge"), names=True)


def test_the_judges_groups_are_told(held: Held) -> None:
    body = {"group": "small", "limit": "50000.00", "reasons": "户数众多", "by_name": "沈静"}
    with transaction.atomic():
        record.write(held.meeting, "group_decided", body)
    text = text_of(verbs.make_minutes(held.meeting, held.viewer("clerk"), "", names=False))
    assert_says(
        text, "决定设组", "小额债权组，债权额不超过 50,000.00 元；理由：户数众多（法官 沈静）"
    )
