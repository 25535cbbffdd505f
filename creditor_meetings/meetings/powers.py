"""The powers of the creditors' meeting, by which resolutions and mandates are told apart."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Power(models.IntegerChoices):
    """The powers of the creditors' meeting (职权), EBL 61(1); 0 for what is not among them."""

    OTHER = 0, _("其他事项")
    VERIFY_CLAIMS = 1, _("核查债权")
    REPLACE_ADMINISTRATOR = 2, _("申请更换管理人，审查管理人的费用和报酬")
    SUPERVISE_ADMINISTRATOR = 3, _("监督管理人")
    COMMITTEE = 4, _("选任和更换债权人委员会成员")
    CONTINUE_BUSINESS = 5, _("决定继续或者停止债务人的营业")
    REORGANISATION_PLAN = 6, _("通过重整计划")
    COMPOSITION = 7, _("通过和解协议")
    MANAGE_PROPERTY = 8, _("通过债务人财产的管理方案")
    REALISE_PROPERTY = 9, _("通过破产财产的变价方案")
    DISTRIBUTE_PROPERTY = 10, _("通过破产财产的分配方案")
    COURT_ASSIGNED = 11, _("人民法院认为应当由债权人会议行使的其他职权")
