"""What was found in a file and what became of it, in words for the team."""

from collections.abc import Iterable

from django.utils.translation import gettext as _


def in_words(flags: Iterable[str]) -> list[str]:
    """Say what the codes in `Document.flags` mean."""
    words = {
        "converted": _("由 Office 文件转换为 PDF，请核对版面"),
        "macros_left_out": _("原文件含有宏，转换时没有使用"),
        "external_removed": _("原文件会从外部读取内容（模板、图片、数据），已断开"),
        "scripts_removed": _("含有脚本（JavaScript），已删除"),
        "launch_removed": _("会启动程序或打开其他文件，已删除"),
        "files_removed": _("内嵌其他文件，已取出，参会人看不到"),
        "open_action_removed": _("打开时会自动执行操作，已删除"),
        "actions_removed": _("含有自动操作（提交表单等），已删除"),
        "xfa_removed": _("含有动态表单（XFA），已删除，请核对页面内容"),
        "media_removed": _("含有声音、视频或三维内容，已删除"),
    }
    return [words.get(flag, flag) for flag in flags]
