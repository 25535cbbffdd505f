"""How people are reached: phone numbers and e-mail addresses in one written form, and masked."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def normal_phone(text: str) -> str:
    """Write a phone number as digits alone, without China's own prefix; "" when it is none.

    >>> normal_phone("+86 138-0000-0000")
    '13800000000'
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if re.search(r"[^\d\s()+\-.·]", text):
        return ""
    digits = re.sub(r"\D", "", text)
    digits = re.sub(r"^(0086|86)(?=1\d{10}$)", "", digits)
    return digits if 7 <= len(digits) <= 15 else ""


def normal_email(text: str) -> str:
    """Write an e-mail address in lower case; "" when it is none."""
    text = unicodedata.normalize("NFKC", text).strip().lower()
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text


def normal_name(text: str) -> str:
    """Reduce a name to what two writings of it share: width, case and blanks do not count."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s·•.・]+", "", text)


def normal_identity(text: str) -> str:
    """Reduce an identity number to its letters and digits, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def masked_phone(text: str) -> str:
    """Show enough of a phone number to be recognised by its owner: `138****0000`."""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 9 else "****"


def masked_email(text: str) -> str:
    """Show enough of an address to be recognised by its owner: `c***@example.com`."""
    local, _at, domain = text.partition("@")
    return f"{local[:1]}***@{domain}" if domain else "***"
