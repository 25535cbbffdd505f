"""Documents of a meeting, where each stands, and who opened or downloaded it when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditor_meetings.cases.models import Person
from creditor_meetings.meetings.models import AgendaItem, Meeting


class Kind(models.TextChoices):
    """What a document is made of."""

    PDF = "pdf", _("PDF 文件")
    IMAGE = "image", _("图片")


class Document(models.Model):
    """A document (会议文件) of a meeting; its bytes lie under their SHA-256 and never change."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="documents")
    item = models.ForeignKey(
        AgendaItem,
        on_delete=models.SET_NULL,
        related_name="documents",
        null=True,
        blank=True,
        verbose_name=_("议程"),
    )
    # The version before this one. Each version is a document of its own, with its own address
    # and its own record of readers, so that what was shown at a vote stays where it was.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="replaced_by", null=True, blank=True
    )
    version = models.PositiveIntegerField(_("版本"), default=1)
    title = models.CharField(_("标题"), max_length=200)
    file_name = models.CharField(_("文件名"), max_length=255)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    media_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField(_("大小（字节）"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    pages = models.PositiveIntegerField(_("页数"))
    # Width and height of each page, so that a page of pictures keeps its place while they load.
    page_sizes = models.JSONField(default=list)
    # What was handed in, where another file is shown: an office file that was converted, a PDF
    # whose scripts were taken out. Kept by its hash; only the team gets it.
    original_name = models.CharField(max_length=255, blank=True)
    original_media_type = models.CharField(max_length=100, blank=True)
    original_size = models.PositiveBigIntegerField(default=0)
    original_sha256 = models.CharField(max_length=64, blank=True)
    # What was found in it, by code: "scripts_removed", "files_removed", "macros_left_out", ...
    flags = models.JSONField(default=list, blank=True)
    # Whether readers outside the team may have the file itself.
    downloadable = models.BooleanField(_("允许下载"), default=True)
    # Handed out by itself when its agenda item becomes the current one.
    with_item = models.BooleanField(_("随议程发放"), default=False)
    uploaded_at = models.DateTimeField(_("上传时间"))
    uploaded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    uploaded_from = models.CharField(_("上传地址"), max_length=64, blank=True)
    handed_out_at = models.DateTimeField(_("发放时间"), null=True, blank=True)
    handed_out_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    handed_out_from = models.CharField(_("发放地址"), max_length=64, blank=True)
    # Taken back before anybody got it; the row stays, since who did what is on record.
    removed_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    removed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("文件")
        verbose_name_plural = _("文件")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="handed_out_is_not_taken_back",
                condition=models.Q(handed_out_at__isnull=True) | models.Q(removed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Reader(models.Model):
    """A person who opened a document, and when first; `staff` as it was then."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="readers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    first_opened_at = models.DateTimeField(_("首次打开"))
    staff = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "person"], name="first_opened_once")
        ]


class Access(models.TextChoices):
    """How a document was had."""

    OPENED = "opened", _("打开")
    DOWNLOADED = "downloaded", _("下载")


class Opening(models.Model):
    """One opening or download (查阅记录): who, when, from where, with what."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="openings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    access = models.CharField(_("方式"), max_length=12, choices=Access.choices)
    at = models.DateTimeField(_("时间"))
    address = models.CharField(_("网络地址"), max_length=64, blank=True)
    device = models.CharField(_("设备"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("查阅记录")
        verbose_name_plural = _("查阅记录")
        ordering = ["at", "id"]


class UploadState(models.TextChoices):
    """The way of a file that comes in pieces."""

    RECEIVING = "receiving", _("上传中")
    CHECKING = "checking", _("检查中")
    DONE = "done", _("已完成")
    REFUSED = "refused", _("未接受")


class Upload(models.Model):
    """A file on its way in (分段上传): broken off, it goes on where it was."""

    key = models.CharField(max_length=32, unique=True)
    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="uploads")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=200, blank=True)
    item = models.ForeignKey(
        AgendaItem, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    replaces = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    hand_out = models.BooleanField(default=False)
    with_item = models.BooleanField(default=False)
    downloadable = models.BooleanField(default=True)
    size = models.PositiveBigIntegerField()
    # When the file was last changed, in ms, as the browser tells: with name and size it tells the
    # same file chosen again from another one.
    modified = models.PositiveBigIntegerField(default=0)
    state = models.CharField(
        max_length=12, choices=UploadState.choices, default=UploadState.RECEIVING
    )
    problem = models.TextField(blank=True)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)


class PageReading(models.Model):
    """How long a person had a page before its eyes (阅读时长), in seconds, by document and page."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="page_readings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    page = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "person", "page"], name="one_reading_a_page"
            )
        ]


class Presentation(models.Model):
    """What is being presented in a meeting (讲解): which page, and where the pointer is."""

    meeting = models.OneToOneField(Meeting, on_delete=models.PROTECT, related_name="presentation")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    page = models.PositiveIntegerField(default=1)
    # In thousandths of the page's width and height; None where nothing is pointed at.
    pointer_x = models.PositiveIntegerField(null=True, blank=True)
    pointer_y = models.PositiveIntegerField(null=True, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    since = models.DateTimeField(null=True, blank=True)
