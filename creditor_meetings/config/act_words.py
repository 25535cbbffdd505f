"""What the acts of the team and the court are called in the list of a case."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases import acts
from creditor_meetings.meetings.models import Meeting

NO_ACTS = (
    # What a page reports by itself.
    "documents:reading", "video:device_upload", "video:replay_watched", "claims:review_hold",
    "documents:upload", "point", "present_page",
    # Each command in it is written down by its own name; a ballot is no act of the team.
    "realtime:commands", "voting:ballots",
    # On record word by word, with who wrote it.
    "caption",
)  # fmt: skip

COMMANDS = {
    "accept_mandate": _("认可授权委托书"),
    "accept_objection": _("采纳异议"),
    "accept_waiver": _("认可放弃优先权"),
    "adjourn_meeting": _("休会"),
    "answer_objection": _("答复异议"),
    "answer_question": _("回答提问"),
    "ask_question": _("提问"),
    "call_second_vote": _("启动再次表决"),
    "close_meeting": _("闭会"),
    "close_poll": _("截止表决"),
    "close_polls": _("截止多项表决"),
    "confirm_outcome": _("确认表决结果"),
    "correct_caption": _("更正字幕"),
    "decide_group": _("决定表决组"),
    "end_verification": _("结束核查"),
    "extend_floor": _("延长发言"),
    "extend_poll": _("延长表决"),
    "grant_floor": _("准许发言"),
    "hand_out_document": _("发放文件"),
    "moderate_question": _("审核提问"),
    "note_suit": _("登记诉讼案号"),
    "open_meeting": _("开会"),
    "open_poll": _("开始表决"),
    "open_polls": _("开始多项表决"),
    "present_document": _("演示文件"),
    "refuse_hand": _("不准发言"),
    "refuse_mandate": _("不认可授权委托书"),
    "refuse_waiver": _("不认可放弃优先权"),
    "remind_voters": _("提醒表决"),
    "resume_meeting": _("复会"),
    "resume_poll": _("恢复表决"),
    "revoke_mandate": _("撤销授权委托书"),
    "rule_on": _("作出裁定"),
    "send_result_notice": _("发送结果通知"),
    "set_agenda_item": _("切换议程"),
    "set_layout": _("调整画面"),
    "set_temporary_amount": _("确定临时债权额"),
    "set_temporary_amounts": _("批量确定临时债权额"),
    "set_verification_period": _("设定核查期间"),
    "stop_presenting": _("结束演示"),
    "stop_video": _("停止视频"),
    "suspend_poll": _("暂停表决"),
    "void_poll": _("作废表决"),
    "withdraw_floor": _("收回发言"),
}

ADDRESSES = {
    "case_invitations": _("邀请人员"),
    "case_people": _("增加角色"),
    "change_role": _("停用或恢复角色"),
    "edit_case": _("修改案件信息"),
    "end_sessions": _("结束人员的登录"),
    "erase_contacts": _("删除联系信息"),
    "export_invitations": _("导出邀请链接"),
    "new_case": _("新建案件"),
    "renew_invitation": _("重发邀请"),
    "revoke_invitation": _("撤回邀请"),
    "send_invitations": _("批量发送邀请"),
    "claims:claim": _("修改债权"),
    "claims:columns": _("说明表格列"),
    "claims:filing_door": _("开放或关闭债权申报"),
    "claims:import": _("上传债权表"),
    "claims:import_investors": _("上传出资人名册"),
    "claims:import_progress": _("重新读取表格"),
    "claims:next_filing": _("领取下一份申报"),
    "claims:preview": _("导入债权表"),
    "claims:preview_investors": _("导入出资人名册"),
    "claims:review": _("审查债权申报"),
    "claims:undisputed": _("编制无异议债权表"),
    "claims:undisputed_decide": _("裁定无异议债权"),
    "documents:discard": _("放弃上传"),
    "documents:documents": _("上传文件"),
    "documents:edit": _("修改文件信息"),
    "documents:hand_out": _("发放文件"),
    "documents:hand_out_all": _("发放全部文件"),
    "documents:remove": _("删除文件"),
    "documents:uploads": _("上传文件"),
    "documents:with_item": _("随议程发放文件"),
    "estate:asset": _("修改财产"),
    "estate:discard_plan": _("放弃分配方案"),
    "estate:edit_plan": _("修改分配方案"),
    "estate:entry": _("修改收支"),
    "estate:execute_plan": _("执行分配方案"),
    "estate:file_plan": _("提交分配方案"),
    "estate:file_property_report": _("提交财产状况报告"),
    "estate:file_work_report": _("提交工作报告"),
    "estate:import_assets": _("导入财产"),
    "estate:import_money": _("导入收支"),
    "estate:new_asset": _("登记财产"),
    "estate:new_entry": _("登记收支"),
    "estate:new_plan": _("编制分配方案"),
    "estate:publish_plan": _("公布分配方案"),
    "estate:remove_asset": _("删除财产"),
    "estate:remove_entry": _("删除收支"),
    "evidence:bundle_file": _("导出证据包"),
    "meetings:mandate_decide": _("审核授权委托书"),
    "meetings:mandates": _("提交授权委托书"),
    "meetings:new": _("新建会议"),
    "meetings:notice_again": _("重发通知"),
    "meetings:notice_posted": _("登记邮寄"),
    "meetings:notices": _("发送通知"),
    "meetings:objection_files": _("上传异议材料"),
    "meetings:prepare_add_item": _("增加议程"),
    "meetings:prepare_convene": _("通知开会"),
    "meetings:prepare_delete_item": _("删除议程"),
    "meetings:prepare_edit_item": _("修改议程"),
    "meetings:prepare_facts": _("修改会议信息"),
    "meetings:prepare_move_item": _("调整议程顺序"),
    "meetings:prepare_practice": _("修改计票口径"),
    "meetings:prepare_take_back": _("撤回会议通知"),
    "papers:make_certificate": _("制作结果证明"),
    "papers:make_minutes": _("制作会议记录"),
    "papers:sign_paper": _("签署文书"),
    "video:recording_copy_again": _("重新生成录像副本"),
    "voting:add_candidate": _("增加候选人"),
    "voting:delete": _("删除表决事项"),
    "voting:delete_election": _("删除选举"),
    "voting:desk_decide": _("确认表决结果"),
    "voting:desk_rule": _("作出裁定"),
    "voting:desk_verify": _("核验证据"),
    "voting:edit": _("修改表决事项"),
    "voting:election": _("修改选举"),
    "voting:evidence": _("确认表决结果"),
    "voting:groups": _("决定表决组"),
    "voting:move": _("调整表决顺序"),
    "voting:new": _("新建表决事项"),
    "voting:new_election": _("新建选举"),
    "voting:paper": _("录入纸质表决票"),
    "voting:paper_bulk": _("批量录入纸质表决票"),
    "voting:paper_sheet": _("复核纸质表决票"),
    "voting:remove_candidate": _("删除候选人"),
}


def connect() -> None:
    """Give acts their names, and find the case of a meeting's address."""
    acts.words({**COMMANDS, **ADDRESSES})
    acts.leave_out(*NO_ACTS)
    acts.cases_by(_case_of_meeting)


def _case_of_meeting(arguments: Mapping[str, Any]) -> int | None:
    slug = arguments.get("meeting")
    if not isinstance(slug, str):
        return None
    return Meeting.objects.filter(slug=slug).values_list("case_id", flat=True).first()
