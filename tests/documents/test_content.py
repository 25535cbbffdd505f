"""A file is what its bytes are when it is really opened."""

import re
from pathlib import Path

import pytest

from creditor_meetings.cases.files import content
from creditor_meetings.cases.files.content import BadFile
from tests.documents import papers


def _inspect(directory: Path, name: str, data: bytes) -> content.Content:
    path = directory / "received"
    path.write_bytes(data)
    return content.inspect(path, name)


@pytest.mark.parametrize("what", papers.BAD_FILES)
def test_a_bad_file_is_refused_with_what_would_be_right(what: str, tmp_path: Path) -> None:
    name, data, said = papers.bad_file(what)
    with pytest.raises(BadFile) as refused:
        _inspect(tmp_path, name, data)
    assert refused.value.name == name
    assert re.search(said, refused.value.message), refused.value.message


@pytest.mark.parametrize(
    ("name", "data", "media_type", "pages"),
    [
        ("报告.pdf", papers.report(), "application/pdf", [[595, 842]] * 3),
        ("报告.PDF", papers.blank_pdf(2), "application/pdf", [[595, 842]] * 2),
        ("照片.png", papers.picture(), "image/png", [[640, 400]]),
        ("照片.jpeg", papers.picture("JPEG"), "image/jpeg", [[640, 400]]),
        ("照片.jpg", papers.picture("JPEG"), "image/jpeg", [[640, 400]]),
        ("照片.webp", papers.picture("WEBP"), "image/webp", [[640, 400]]),
        # Many programs forbid printing by an owner's password; anybody can read such a file.
        ("限制.pdf", papers.encrypted_pdf(""), "application/pdf", [[595, 842]]),
    ],
)
def test_a_good_file_is_measured(
    name: str, data: bytes, media_type: str, pages: list[list[int]], tmp_path: Path
) -> None:
    found = _inspect(tmp_path, name, data)
    assert (found.media_type, found.page_sizes) == (media_type, pages)


def test_a_photo_taken_upright_is_measured_upright(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    found = _inspect(tmp_path, "照片.jpg", papers.picture("JPEG", exif=exif))
    assert found.page_sizes == [[400, 640]]
