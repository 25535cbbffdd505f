"""The administrator's reports, filled from the case as far as the case knows.

执行职务工作报告 (EBL 23, 61, 69) and 财产状况报告 (EBL 25(2)). What people must write stands as a
marked blank, 【…】. They are papers of the case, hence always in Chinese.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils.translation import override

from creditor_meetings.cases.models import Case
from creditor_meetings.cases.money import yuan_grouped
from creditor_meetings.claims import standing
from creditor_meetings.claims.listing import claims_of, creditors_of
from creditor_meetings.claims.models import Conclusion, Nature
from creditor_meetings.estate.account import Account, account_of, property_sums
from creditor_meetings.estate.models import Asset, AssetState, Entry
from creditor_meetings.estate.report_blocks import Block, Heading, Report, Table, blank, day
from creditor_meetings.meetings.models import Meeting, MeetingState

WORK, PROPERTY = "work", "property"
MOST_ROWS = 1000
"""How many lines of the account a report lists; the rest is in the spreadsheet."""


def build(kind: str, case: Case, at: datetime) -> Report:
    """Fill a report; `kind` is one of KINDS."""
    title, body_of = KINDS[kind]
    with override("zh-hans"):
        body = tuple(body_of(case, at))
    firm = case.administrator_firm or blank("管理人名称")
    return Report(
        title=title,
        case_number=case.number,
        debtor=case.debtor,
        to=f"{case.debtor}债权人会议：",
        body=body,
        signature=(f"{case.debtor}管理人（{firm}）", f"负责人：{blank('签名')}", day(at)),
        author=case.administrator_firm,
    )


# --- The report on the performance of duties ------------------------------------------------


def _work(case: Case, at: datetime) -> Iterable[Block]:
    firm = case.administrator_firm or blank("管理人名称")
    yield (
        f"{case.court}于{blank('受理日期')}裁定受理{case.debtor}"
        f"{case.get_procedure_display()}一案，案号为{case.number}，并于{blank('指定日期')}指定{firm}"
        f"担任管理人。现将截至{day(at)}的执行职务情况报告如下。"
    )
    yield Heading("案件基本情况")
    yield _facts(case)
    yield f"债务人的设立、股权、经营和职工情况：{blank('请填写')}"
    yield Heading("管理人接管和内部管理情况")
    yield f"管理人于{blank('日期')}接管债务人的印章、账册、文书和财产，{blank('请填写接管情况')}。"
    yield f"未履行完毕的合同的解除或者继续履行：{blank('请填写')}。"
    yield Heading("债权申报和审查情况")
    yield from _claims(case)
    yield Heading("财产状况")
    yield _property_in_words(case)
    yield Heading("收支情况")
    yield from _account(case, account_of(case))
    yield Heading("债权人会议情况")
    yield from _meetings(case)
    yield Heading("诉讼、仲裁和执行案件")
    yield f"涉及债务人的诉讼、仲裁和执行程序：{blank('请填写')}。"
    yield Heading("撤销、追回和出资人责任")
    yield f"可撤销行为、追回财产、追收出资的情况：{blank('请填写')}。"
    yield Heading("下一步工作")
    yield blank("请填写")


def _facts(case: Case) -> Table:
    rows = (
        ("债务人", case.debtor),
        ("案号", case.number),
        ("受理法院", case.court),
        ("程序", case.get_procedure_display()),
        ("合议庭", case.panel or blank("合议庭成员")),
        ("管理人", case.administrator_firm or blank("管理人名称")),
        ("债权申报截止日", day(case.filing_deadline)),
    )
    return Table(("项目", "内容"), rows)


def _claims(case: Case) -> Iterable[Block]:
    claims = claims_of(case.pk)
    sums = claims.aggregate(
        count=Count("pk"),
        filed=Sum("filed_fen"),
        confirmed=Sum("confirmed_fen"),
        open=Count("pk", filter=Q(conclusion=Conclusion.UNDETERMINED)),
        open_fen=Sum("filed_fen", filter=Q(conclusion=Conclusion.UNDETERMINED)),
        rejected=Count("pk", filter=Q(conclusion=Conclusion.REJECTED)),
        rejected_fen=Sum("filed_fen", filter=Q(conclusion=Conclusion.REJECTED)),
        late=Count("pk", filter=Q(late=True)),
    )
    amounts = {
        k: yuan_grouped(sums[k] or 0) for k in ("filed", "confirmed", "open_fen", "rejected_fen")
    }
    yield (
        f"截至{day(case.filing_deadline)}债权申报期限届满及其后补充申报，共有"
        f"{creditors_of(case.pk).count()}名债权人申报债权{sums['count']}笔，"
        f"申报总额{amounts['filed']}元；经审查，确认总额{amounts['confirmed']}元。"
        f"其中暂缓确认{sums['open']}笔，申报金额{amounts['open_fen']}元；"
        f"不予确认{sums['rejected']}笔，申报金额{amounts['rejected_fen']}元；"
        f"逾期补充申报{sums['late']}笔。"
    )
    rows = list(
        claims.order_by()
        .values("nature")
        .annotate(count=Count("pk"), filed=Sum("filed_fen"), confirmed=Sum("confirmed_fen"))
    )
    by_nature = {row["nature"]: row for row in rows}
    yield Table(
        ("债权性质", "笔数", "申报金额（元）", "确认金额（元）"),
        (
            *(
                (
                    str(Nature(nature).label),
                    str(by_nature[nature]["count"]),
                    yuan_grouped(by_nature[nature]["filed"]),
                    yuan_grouped(by_nature[nature]["confirmed"]),
                )
                for nature in Nature.values
                if nature in by_nature
            ),
            ("合计", str(sums["count"]), amounts["filed"], amounts["confirmed"]),
        ),
        figures=(1, 2, 3),
        total=True,
    )
    objected = len(standing.disputed(case.pk))
    if objected:
        yield f"目前有{objected}笔债权存在未撤回的异议。"


def _property_in_words(case: Case) -> str:
    sums = property_sums(case)
    return (
        f"管理人登记债务人财产{sums['count']}项，账面价值合计{yuan_grouped(sums['book'])}元，"
        f"评估价值合计{yuan_grouped(sums['appraised'])}元；已变价{sums['sold']}项，"
        f"变价所得{yuan_grouped(sums['realised'])}元，变价费用{yuan_grouped(sums['costs'])}元。"
        "详见财产状况报告。"
    )


def _account(case: Case, account: Account) -> Iterable[Block]:
    last = Entry.objects.filter(case=case, removed_at__isnull=True).order_by("-day").first()
    until = f"截至{day(last.day)}，" if last else ""
    yield (
        f"{until}共收入{yuan_grouped(account.in_fen)}元，支出{yuan_grouped(account.out_fen)}元，"
        f"结余{yuan_grouped(account.balance_fen)}元。"
    )
    rows = [
        (side, one.label, str(one.count), yuan_grouped(one.fen))
        for side, headings in (("收入", account.income), ("支出", account.spending))
        for one in headings
    ]
    if rows:
        total = ("结余", "", "", yuan_grouped(account.balance_fen))
        head = ("收支", "类别", "笔数", "金额（元）")
        yield Table(head, (*rows, total), figures=(2, 3), total=True)


def _meetings(case: Case) -> Iterable[Block]:
    held = Meeting.objects.filter(case=case).exclude(state=MeetingState.DRAFT)
    rows = tuple(
        (one.title, day(one.starts_at), one.get_state_display())
        for one in held.order_by("starts_at", "pk")
    )
    if rows:
        yield Table(("会议", "召开时间", "状态"), rows)
    else:
        yield "尚未召开债权人会议。"


# --- The report on the property -------------------------------------------------------------


def _property(case: Case, at: datetime) -> Iterable[Block]:
    assets = list(
        Asset.objects.filter(case=case, removed_at__isnull=True)
        .order_by("number")
        .prefetch_related("liens__claim__creditor")
    )
    yield (
        f"管理人根据企业破产法第二十五条的规定，对{case.debtor}的财产状况进行了调查，"
        f"现将截至{day(at)}的财产状况报告如下。"
    )
    yield Heading("调查工作概况")
    yield f"调查的范围、方法和委托的审计、评估机构：{blank('请填写')}。"
    yield Heading("财产概况")
    yield _property_in_words(case).removesuffix("详见财产状况报告。")
    yield from _by_kind(assets)
    yield Heading("财产清单")
    yield from _listed(assets)
    yield Heading("财产上的担保")
    yield from _secured(assets)
    yield Heading("变价情况")
    yield from _sold(assets)
    yield Heading("收支情况")
    account = account_of(case)
    yield from _account(case, account)
    yield from _entries(case)
    yield Heading("需要说明的事项")
    yield f"权属争议、查封、出租、共有等情况：{blank('请填写')}。"
    yield f"财产管理和变价的意见：{blank('请填写')}。"


def _amount(fen: int | None) -> str:
    return "" if fen is None else yuan_grouped(fen)


def _by_kind(assets: Sequence[Asset]) -> Iterable[Block]:
    kinds: dict[str, list[Asset]] = {}
    for one in assets:
        kinds.setdefault(one.get_kind_display(), []).append(one)
    if not kinds:
        return

    def row(name: str, held: Sequence[Asset]) -> tuple[str, ...]:
        book = sum(one.book_fen or 0 for one in held)
        appraised = sum(one.appraised_fen or 0 for one in held)
        return name, str(len(held)), yuan_grouped(book), yuan_grouped(appraised)

    rows = (*(row(name, held) for name, held in kinds.items()), row("合计", assets))
    head = ("类别", "项数", "账面价值（元）", "评估价值（元）")
    yield Table(head, rows, figures=(1, 2, 3), total=True)


def _listed(assets: Sequence[Asset]) -> Iterable[Block]:
    if not assets:
        yield f"尚未登记财产。{blank('请在系统中登记，或在此说明')}"
        return
    yield Table(
        ("编号", "名称", "类别", "所在地", "账面价值（元）", "评估价值（元）", "状态"),
        tuple(
            (
                str(one.number), one.name, one.get_kind_display(), one.location,
                _amount(one.book_fen), _amount(one.appraised_fen), one.get_state_display(),
            )
            for one in assets
        ),
        figures=(4, 5),
    )  # fmt: skip


def _secured(assets: Sequence[Asset]) -> Iterable[Block]:
    rows = tuple(
        (
            str(one.number), one.name, f"{lien.claim.position} {lien.claim.creditor.name}",
            str(lien.rank), _amount(lien.limit_fen),
        )
        for one in assets
        for lien in one.liens.all()
    )  # fmt: skip
    if rows:
        head = ("编号", "财产", "担保的债权", "顺位", "优先受偿限额（元）")
        yield Table(head, rows, figures=(4,))
    else:
        yield "没有登记设有担保的财产。"


def _sold(assets: Sequence[Asset]) -> Iterable[Block]:
    sold = [one for one in assets if one.state == AssetState.SOLD]
    if not sold:
        yield "尚无财产变价。"
        return

    def sums(name: str) -> str:
        return yuan_grouped(sum(getattr(one, name) or 0 for one in sold))

    yield Table(
        ("编号", "名称", "变价日期", "变价所得（元）", "变价费用（元）", "净额（元）"),
        (
            *(
                (
                    str(one.number), one.name, day(one.realised_on), _amount(one.realised_fen),
                    _amount(one.costs_fen), _amount(one.net_fen),
                )
                for one in sold
            ),
            ("合计", "", "", sums("realised_fen"), sums("costs_fen"), sums("net_fen")),
        ),
        figures=(3, 4, 5),
        total=True,
    )  # fmt: skip


def _entries(case: Case) -> Iterable[Block]:
    found = Entry.objects.filter(case=case, removed_at__isnull=True).order_by("day", "number")
    rows = tuple(
        (
            day(one.day), one.get_kind_display(), one.counterparty, one.note,
            _amount(one.amount_fen) if one.comes_in else "",
            "" if one.comes_in else _amount(one.amount_fen),
        )
        for one in found[:MOST_ROWS]
    )  # fmt: skip
    if rows:
        head = ("日期", "类别", "对方", "摘要", "收入（元）", "支出（元）")
        yield Table(head, rows, figures=(4, 5))
    if found.count() > MOST_ROWS:
        yield f"以上为前{MOST_ROWS}笔，其余见收支明细表。"


Body = Callable[[Case, datetime], Iterable[Block]]
KINDS: Mapping[str, tuple[str, Body]] = {
    WORK: ("管理人执行职务工作报告", _work),
    PROPERTY: ("债务人财产状况报告", _property),
}
"""Every report: its title, and what fills it."""
