"""Processes that serve, each telling how it is; and the copies that were made of everything."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

BEAT = timedelta(seconds=5)
"""How often a process tells how it is."""
SILENT = timedelta(seconds=20)
"""A process that was not heard of for so long is gone, or cannot write."""
KEPT = timedelta(days=1)
"""How long a process that is gone stays listed."""


class ServerProcess(models.Model):
    """A process that serves (服务进程), written by itself every few seconds: numbers, no person."""

    host = models.CharField(_("主机"), max_length=100)
    pid = models.PositiveIntegerField(_("进程号"))
    build = models.CharField(_("版本"), max_length=40, blank=True)
    started_at = models.DateTimeField(_("启动时间"))
    seen_at = models.DateTimeField(_("最近报告"))
    ended_at = models.DateTimeField(_("正常结束"), null=True, blank=True)
    figures = models.JSONField(_("数字"), default=dict)

    class Meta:
        verbose_name = verbose_name_plural = _("服务进程")
        ordering = ["host", "started_at"]

    def __str__(self) -> str:
        return f"{self.host} {self.pid}"

    def lives(self, now: datetime) -> bool:
        """Whether the process is there, as far as the others know."""
        return self.ended_at is None and self.seen_at > now - SILENT


class Copy(models.Model):
    """A copy of everything that was made and checked (备份)."""

    made_at = models.DateTimeField(_("完成时间"))
    began_at = models.DateTimeField(_("开始时间"))
    files = models.PositiveIntegerField(_("文件数"))
    size = models.BigIntegerField(_("字节"))
    place = models.CharField(_("位置"), max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = _("备份")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
