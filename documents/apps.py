"""The room of documents: handed out, read, on record."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    """Documents of a case and who read them."""

    name = "documents"
    verbose_name = _("文件")
