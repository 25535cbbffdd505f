#!/usr/bin/env python3
"""Checks a bundle of evidence of a creditors' meeting (债权人会议证据包) and says what holds.

    python3 verify_evidence.py BUNDLE.zip [--lang zh|en] [--key HEX]

Needs Python 3.9 or newer and nothing else: no network, no other file, no library. It trusts nothing
that the bundle says of itself: hashes, chain, tree, signatures, registers, counts and files are all
computed anew here, by a second implementation of the law that shares no line with the first.

Exit status: 0 all holds; 1 something does not (it says what and where); 2 the file is unreadable.

In this order below: reading the archive, canonical JSON, the Merkle tree, Ed25519 signatures,
timestamps, the law (who votes with what, what passes), and the story that the ledger tells.
"""

import argparse
import hashlib
import json
import os
import re
import secrets
import sys
import zipfile
import zlib

# --- What is said, in Chinese or in English -------------------------------------------------------


class Unreadable(Exception):
    """The file is no bundle, or one that no honest program wrote."""


class Report:
    """What was checked and what does not hold, in the reader's language."""

    MOST = 200

    def __init__(self, lang):
        self.lang = lang
        self.lines = []
        self.problems = []

    def words(self, zh, en):
        return zh if self.lang == "zh" else en

    def say(self, zh, en):
        self.lines.append(self.words(zh, en))

    def wrong(self, place_zh, place_en, zh, en):
        """Note a problem: where, and what."""
        colon = self.words("：", ": ")
        self.problems.append(self.words(place_zh, place_en) + colon + self.words(zh, en))
        if len(self.problems) >= self.MOST:
            raise Enough

    def entry(self, entry, zh, en, field=""):
        """Note a problem of one entry: its position, its kind, the field."""
        at = " " + field if field else ""
        self.wrong(
            f"第 {entry['position']} 条（{entry['kind']}）{at}",
            f"entry {entry['position']} ({entry['kind']}){at}",
            zh,
            en,
        )


class Enough(Exception):
    """So much is wrong that more of it tells nothing new."""


# --- Reading the archive --------------------------------------------------------------------------

MOST_MEMBERS = 200_000
MOST_BYTES = 1 << 40
LARGEST_JSON = 1 << 31
LARGEST_LINE = 1 << 29
# Deflate makes of one byte at most about a thousand; honest records stay far below this.
MOST_EXPANSION = 400
PIECE = 1 << 20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class Bundle:
    """The archive: nothing is unpacked to the disk, and every member is read within limits."""

    def __init__(self, path):
        try:
            self.archive = zipfile.ZipFile(path)
            infos = self.archive.infolist()
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise Unreadable(str(error) or type(error).__name__) from None
        except (RuntimeError, OverflowError, MemoryError, UnicodeError) as error:
            raise Unreadable(type(error).__name__) from None
        if len(infos) > MOST_MEMBERS:
            raise Unreadable(f"{len(infos)} files")
        self.infos = {}
        total = 0
        for info in infos:
            self._check(info)
            total += info.file_size
            self.infos[info.filename] = info
        if total > MOST_BYTES:
            raise Unreadable(f"{total} bytes")

    def _check(self, info):
        name = info.filename
        if not NAME.fullmatch(name) or info.is_dir():
            raise Unreadable(f"name {name!r}")
        if name in self.infos:
            raise Unreadable(f"{name} twice")
        if info.flag_bits & 1:
            raise Unreadable(f"{name} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(f"{name}: compression {info.compress_type}")
        if info.file_size > PIECE and info.file_size > MOST_EXPANSION * info.compress_size:
            raise Unreadable(f"{name} expands {info.compress_size} to {info.file_size} bytes")

    def pieces(self, name):
        """Yield a member's bytes. Raises Damaged where they cannot be had."""
        info = self.infos.get(name)
        if info is None:
            raise Damaged("missing")
        left = info.file_size
        try:
            with self.archive.open(info) as member:
                while True:
                    piece = member.read(PIECE)
                    if not piece:
                        break
                    left -= len(piece)
                    if left < 0:
                        raise Unreadable(f"{name} is longer than it says")
                    yield piece
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            raise Damaged(str(error) or type(error).__name__) from None
        except (NotImplementedError, RuntimeError, OverflowError, UnicodeError) as error:
            raise Damaged(type(error).__name__) from None

    def whole(self, name):
        info = self.infos.get(name)
        if info is not None and info.file_size > LARGEST_JSON:
            raise Unreadable(f"{name}: {info.file_size} bytes")
        return b"".join(self.pieces(name))

    def lines(self, name):
        rest = b""
        for piece in self.pieces(name):
            rest += piece
            if b"\n" not in piece:
                if len(rest) > LARGEST_LINE:
                    raise Unreadable(f"{name}: a line of {len(rest)} bytes")
                continue
            *whole, rest = rest.split(b"\n")
            yield from whole
        if rest:
            yield rest


class Damaged(Exception):
    """A member of the archive is missing, or its bytes are not what the archive wrote."""


# --- Canonical JSON (RFC 8785; no floats) ---------------------------------------------------------

LARGEST = 2**53 - 1


class NotCanonical(ValueError):
    """A value that has no single encoding."""


def no_float(text):
    raise NotCanonical(f"the number {text}")


def parse(data):
    """Read JSON without floats. Raises ValueError; Unreadable for what is nested too deep."""
    try:
        return json.loads(data.decode("utf-8"), parse_float=no_float, parse_constant=no_float)
    except RecursionError:
        raise Unreadable("JSON nested too deep") from None


def encode(value):
    """Write a value in its one encoding: keys by UTF-16 code units, no blanks, UTF-8."""
    try:
        plain = check(value)
        text = json.dumps(
            value if plain else ordered(value),
            ensure_ascii=False,
            sort_keys=plain,
            separators=(",", ":"),
            allow_nan=False,
        )
    except RecursionError:
        raise Unreadable("JSON nested too deep") from None
    return text.encode("utf-8")


def check(value):
    if value is None or value is True or value is False or isinstance(value, str):
        return True
    if isinstance(value, int):
        if not -LARGEST <= value <= LARGEST:
            raise NotCanonical(f"the number {value}")
        return True
    plain = True
    if isinstance(value, list):
        for item in value:
            plain = check(item) and plain
    elif isinstance(value, dict):
        for name, item in value.items():
            plain = check(item) and plain and name.isascii()
    else:
        raise NotCanonical(type(value).__name__)
    return plain


def ordered(value):
    if isinstance(value, list):
        return [ordered(item) for item in value]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: ordered(value[name]) for name in names}
    return value


# --- The Merkle tree (RFC 6962, RFC 9162) ---------------------------------------------------------


def leaf(entry_hash):
    return hashlib.sha256(b"\x00" + entry_hash).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(peaks, size, leaf_hash):
    """Add a leaf to the peaks of a tree of `size` leaves, in place."""
    while size & 1:
        leaf_hash = node(peaks.pop(), leaf_hash)
        size >>= 1
    peaks.append(leaf_hash)


def tree_root(peaks):
    if not peaks:
        return hashlib.sha256(b"").digest()
    at = peaks[-1]
    for peak in reversed(peaks[:-1]):
        at = node(peak, at)
    return at


def consistent(earlier, earlier_root, later, later_root, path):
    """Whether a proof shows that the later tree begins with the earlier one (RFC 9162, 2.1.4.2)."""
    if earlier == 0 or earlier == later:
        return not path and (earlier == 0 or earlier_root == later_root)
    steps = [earlier_root, *path] if earlier & (earlier - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = earlier - 1, later - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node(step, first), node(step, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == earlier_root and second == later_root


# --- Ed25519 (RFC 8032), many signatures at once --------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
D2 = 2 * D % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def add(a, b):
    ax, ay, az, at = a
    bx, by, bz, bt = b
    e = (ay - ax) * (by - bx) % P
    f = (ay + ax) * (by + bx) % P
    g = at * D2 * bt % P
    h = 2 * az * bz % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def negative(a):
    return -a[0] % P, a[1], a[2], -a[3] % P


def point(data):
    """Decode a point. Returns None for bytes that encode none."""
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7 % P, (P - 5) // 8, P) % P
    if v * x * x % P == (-u) % P and u:
        x = x * ROOT_OF_MINUS_ONE % P
    if v * x * x % P != u:
        return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def combine(pairs):
    """Return the sum of scalar times point, all of them together (Pippenger's buckets)."""
    if not pairs:
        return NEUTRAL
    width = 3 if len(pairs) < 16 else 5 if len(pairs) < 200 else 8 if len(pairs) < 4000 else 11
    mask = (1 << width) - 1
    longest = max(scalar.bit_length() for scalar, _point in pairs)
    total = NEUTRAL
    for shift in range((longest + width - 1) // width * width - width, -1, -width):
        for _ in range(width):
            total = add(total, total)
        buckets = {}
        for scalar, one in pairs:
            digit = scalar >> shift & mask
            if digit:
                held = buckets.get(digit)
                buckets[digit] = one if held is None else add(held, one)
        running = part = NEUTRAL
        for digit in range(max(buckets, default=0), 0, -1):
            if digit in buckets:
                running = add(running, buckets[digit])
            part = add(part, running)
        total = add(total, part)
    return total


class Signature:
    """A signature to be checked: decoded once, `ok` false where that already fails."""

    def __init__(self, key, message, signature, place):
        self.place = place
        self.key = key
        self.ok = len(signature) == 64
        if self.ok:
            self.r, self.s = signature[:32], int.from_bytes(signature[32:], "little")
            self.point = point(self.r)
            self.ok = self.s < L and self.point is not None
            digest = hashlib.sha512(self.r + key + message).digest()
            self.h = int.from_bytes(digest, "little") % L


def bad_signatures(signatures, most=3):
    """Return those that do not hold, at most so many: all in one equation, halved where it fails.

    Each gets a random factor of 128 bits that nobody can know beforehand; false ones that cancel
    each other out have one chance in 2^128. A factor of eight is cleared, as RFC 8032 allows.
    """
    bad = [one for one in signatures if not one.ok]
    keys = {one.key: point(one.key) for one in signatures}
    bad += [one for one in signatures if one.ok and keys[one.key] is None]
    todo = [[one for one in signatures if one.ok and keys[one.key] is not None]]
    while todo and len(bad) < most:
        batch = todo.pop()
        if not batch or _all_hold(batch, keys):
            continue
        if len(batch) == 1:
            bad.append(batch[0])
        else:
            middle = len(batch) // 2
            todo += [batch[middle:], batch[:middle]]
    return bad


def _all_hold(batch, keys):
    base, by_key, pairs = 0, {}, []
    for one in batch:
        factor = secrets.randbits(128) | 1
        base = (base + factor * one.s) % L
        by_key[one.key] = (by_key.get(one.key, 0) + factor * one.h) % L
        pairs.append((factor, one.point))
    wide = [(scalar, keys[key]) for key, scalar in by_key.items()]
    total = add(combine(pairs), combine(wide))
    total = add(total, negative(combine([(base, BASE)])))
    for _ in range(3):
        total = add(total, total)
    return total[0] % P == 0 and (total[1] - total[2]) % P == 0


def from_hex(text, size):
    """Read lower-case hexadecimal of so many bytes. Raises ValueError."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9a-f]+", text):
        raise ValueError("not in hexadecimal")
    if len(text) != 2 * size:
        raise ValueError(f"not {size} bytes in hexadecimal")
    return bytes.fromhex(text)


# --- RFC 3161 timestamps: of what, and when -------------------------------------------------------


def der(data, at=0):
    """Read one element of DER: tag, content, and where the next begins."""
    tag, size = data[at], data[at + 1]
    at += 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("length")
        size, at = int.from_bytes(data[at : at + count], "big"), at + count
    if at + size > len(data):
        raise ValueError("cut short")
    return tag, data[at : at + size], at + size


def inside(data):
    """Read the elements that a constructed one holds."""
    found, at = [], 0
    while at < len(data):
        tag, content, at = der(data, at)
        found.append((tag, content))
    return found


def timestamp(token):
    """Return what a timestamp response is of (SHA-256), and its time as the authority wrote it."""
    try:
        _tag, response, end = der(token)
        if end != len(token):
            raise ValueError("something follows")
        status, signed = inside(response)
        if inside(status[1])[0][1] not in (b"\x00", b"\x01"):
            raise ValueError("refused")
        _oid, wrapped = inside(signed[1])
        signed_data = inside(inside(wrapped[1])[0][1])
        info = inside(signed_data[2][1])
        if info[0][1] != bytes.fromhex("2a864886f70d0109100104"):
            raise ValueError("no TSTInfo")
        fields = inside(inside(inside(info[1][1])[0][1])[0][1])
        algorithm, imprint = inside(fields[2][1])
        if inside(algorithm[1])[0][1] != bytes.fromhex("608648016503040201"):
            raise ValueError("not SHA-256")
        return imprint[1], fields[4][1].decode("ascii")
    except (IndexError, ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"no timestamp: {error}") from None


# --- The law: who votes with what, and what passes ------------------------------------------------

AMOUNT = re.compile(r"([0-9]{1,17})\.([0-9]{2})")
SECURED = ("secured", "construction")
REASONS = (
    "excluded",
    "not-in-group",
    "undetermined-claim",
    "priority-not-waived",
    "no-vote-in-this-matter",
    "rejected-claim",
)


def fen(text):
    """Read yuan as whole fen. Raises ValueError."""
    match = AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"no amount: {text!r}")
    return int(match[1]) * 100 + int(match[2])


def yuan(amount):
    return f"{amount // 100}.{amount % 100:02d}"


class Register:
    """A voting register drawn up anew from the claims, by the rule that was frozen with it."""

    def __init__(self, body, failed_groups):
        rule = body["rule_data"]
        self.rule = rule
        decided = body["groups_decided"]
        self.voters = set(rule["voters"])
        if "investor" not in decided:
            self.voters.discard("investor")
        self.secured = rule["secured"]
        self.grouping = rule.get("grouping", "none")
        self.barred = rule.get("always_barred", False) or body["matter"] in rule.get(
            "barred_matters", []
        )
        limit = decided.get("small")
        self.small = fen(limit) if limit is not None and self.grouping == "nature" else None
        self.left_out = set(body["unaffected_groups"])
        # In a second vote only the groups vote that failed in the first.
        self.only = failed_groups

    def lines(self, claims):
        """Return what a creditor votes with, group by group, or the reason why with nothing."""
        claims = self._small_ones(claims)
        held = {}
        for claim in claims:
            for group, amount in self._shares(claim):
                held[group] = held.get(group, 0) + amount
        voting = {
            group: amount
            for group, amount in held.items()
            if group not in self.left_out and (self.only is None or group in self.only)
        }
        if voting:
            return voting, ""
        if held:
            return {}, "not-in-group"
        found = {self._why(claim) for claim in claims}
        return {}, next((one for one in REASONS if one in found), "no-vote-in-this-matter")

    def _small_ones(self, claims):
        if self.small is None:
            return claims
        ordinary = [one for one in claims if one["nature"] == "ordinary"]
        together = sum(
            0 if one["status"] == "rejected" else voting_amount(one) or 0 for one in ordinary
        )
        if together > self.small:
            return claims
        return [dict(one, nature="small") if one["nature"] == "ordinary" else one for one in claims]

    def _shares(self, claim):
        amount, nature = voting_amount(claim), claim["nature"]
        if not amount or claim["status"] == "rejected" or nature not in self.voters:
            return
        ordinary = "all" if self.grouping == "none" else "ordinary"
        if nature not in SECURED or self.secured == "full":
            if self.grouping == "none":
                yield "all", amount
            elif self.grouping == "class":
                yield claim.get("class") or nature, amount
            else:
                yield nature, amount
        elif claim["priority_waived"]:
            yield ordinary, amount
        else:
            rest = min(fen(claim["unsecured_part"]), amount)
            if self.secured == "split":
                if amount > rest:
                    yield "secured", amount - rest
                if rest:
                    yield ordinary, rest
            elif rest or (self.secured == "head" and not self.barred):
                yield "all", rest

    def _why(self, claim):
        if claim["status"] == "rejected":
            return "rejected-claim"
        if voting_amount(claim) is None:
            return "undetermined-claim"
        if claim["nature"] in SECURED and not claim["priority_waived"]:
            silent = self.barred if self.secured == "head" else self.secured == "unsecured-part"
            if silent:
                return "priority-not-waived"
        return "no-vote-in-this-matter"


def voting_amount(claim):
    """Return what a claim could vote with (fen); None while it is undetermined."""
    if claim["status"] == "undetermined":
        temporary = claim["temporary_amount"]
        return None if temporary is None else fen(temporary)
    return fen(claim["amount"])


def count_group(rule, group, members, present, said):
    """Count one group and put the rule's tests to it: an entry of `count-result/1`."""
    sums = {choice: [0, 0] for choice in ("for", "against", "abstain", "not_voted")}
    whole = [0, 0]
    attending = [0, 0]
    for creditor, amount in members.items():
        choice = said.get((creditor, group))
        whole = [whole[0] + 1, whole[1] + amount]
        if choice is None and creditor not in present:
            continue
        attending = [attending[0] + 1, attending[1] + amount]
        one = sums[choice or "not_voted"]
        one[0], one[1] = one[0] + 1, one[1] + amount
    decided = [sums["for"][n] + sums["against"][n] for n in (0, 1)]
    bases = {"attending": attending, "entitled": whole, "voted": decided, "unconnected": whole}
    number = amount = veto = None
    # Investors alone are asked for their amount only (11 USC 1126(d)).
    if rule.get("number") and not (rule.get("investors_by_amount_only") and group == "investor"):
        number = test(rule["number"], sums["for"][0], bases[rule["number"]["of"]][0], str_of=int)
    if rule.get("amount"):
        amount = test(rule["amount"], sums["for"][1], bases[rule["amount"]["of"]][1], str_of=yuan)
    if rule.get("veto"):
        veto = test(rule["veto"], sums["against"][1], whole[1], str_of=yuan)
    passed = all(one["met"] for one in (number, amount) if one is not None)
    if veto is not None and veto["met"]:
        passed = False
    if rule.get("undecided_without_votes") and decided[0] == 0:
        passed = None
    return {
        "group": group,
        "entitled": whole[0],
        "attending": attending[0],
        **{choice: {"number": one[0], "amount": yuan(one[1])} for choice, one in sums.items()},
        "number_test": number,
        "amount_test": amount,
        "veto_test": veto,
        "passed": passed,
    }


def test(threshold, part, whole, str_of):
    """Compare exactly, by multiplying across: shares are for reading and never decide."""
    left, right = part * threshold["denominator"], whole * threshold["numerator"]
    met = whole > 0 and (left > right if threshold["comparator"] == ">" else left >= right)
    share = None
    if whole > 0:
        hundredths = (2 * part * 10_000 + whole) // (2 * whole)
        share = f"{hundredths // 100}.{hundredths % 100:02d}%"
    return {"numerator": str_of(part), "denominator": str_of(whole), "share": share, "met": met}


# --- What is checked of the files -----------------------------------------------------------------

FILES_OF = {
    "document_handed_out": "sha256",
    "recording": "sha256",
    "paper_made": "sha256",
    "paper_signed": "sha256",
    "mandate_submitted": "sha256",
    "mandate_accepted": "sha256",
    "mandate_refused": "sha256",
    "mandate_revoked": "sha256",
    "paper_entered": "scan_sha256",
}
"""Which kinds of entry name a file by its SHA-256, and in which field."""


class Verifier:
    """One bundle, checked from its files to its results."""

    def __init__(self, path, lang="zh", key=None):
        self.report = Report(lang)
        self.bundle = Bundle(path)
        self.trusted = key
        self.entries = 0
        self.hashes = []
        self.roots = {}
        self.head = ""
        self.keys = []
        self.seal_ends = set()
        self.signatures = []
        self.kinds = {}

    def run(self):
        try:
            self.read_manifest()
            self.read_keys()
            self.read_seals_and_heads()
            self.read_ledger()
            self.check_seals()
            self.check_heads()
            self.check_signatures()
            self.story.finish()
            self.check_exhibits()
        except Stop:
            pass
        except Enough:
            self.report.say(
                "问题过多，未再继续。", "So much is wrong that the rest was not checked."
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # Of a form that no honest program writes.
            raise Unreadable(f"{type(error).__name__}: {error}") from None
        except (RecursionError, MemoryError) as error:
            raise Unreadable(type(error).__name__) from None
        return self.report

    def json_of(self, name, kind):
        """Read a JSON file of the bundle; note what is wrong with it and stop."""
        try:
            found = parse(self.bundle.whole(name))
        except Damaged as damage:
            self.report.wrong(
                name, name, f"缺失或损坏（{damage}）", f"missing or damaged ({damage})"
            )
        except ValueError as error:
            self.report.wrong(name, name, f"不是可读的 JSON（{error}）", f"not JSON ({error})")
        else:
            if isinstance(found, kind):
                return found
            self.report.wrong(name, name, "内容不是应有的形式", "does not have the form it should")
        raise Stop

    def shaped(self, value, place, **fields):
        """Whether a value is an object with these fields of these types; note it if not."""
        if isinstance(value, dict):
            for name, kind in fields.items():
                held = value.get(name)
                if not isinstance(held, kind) or (kind is int and isinstance(held, bool)):
                    self.report.wrong(
                        place, place, f"{name} 缺失或类型不对", f"{name} is missing or no {kind}"
                    )
                    return False
            return True
        self.report.wrong(place, place, "不是对象", "not an object")
        return False

    # --- manifest and files ---

    def read_manifest(self):
        report = self.report
        manifest = self.manifest = self.json_of("manifest.json", dict)
        if manifest.get("schema") != "evidence/1":
            raise Unreadable(f"manifest.json: schema {manifest.get('schema')!r}")
        if not self.shaped(
            manifest, "manifest.json", meeting=dict, ledger=dict, files=list, left_out=list
        ) or not self.shaped(manifest["ledger"], "manifest.json ledger", entries=int, head=str):
            raise Stop
        if not self.shaped(
            manifest["meeting"], "manifest.json meeting", id=int, title=str, case=str
        ):
            raise Stop
        self.sha256 = {}
        for one in manifest["files"]:
            if not self.shaped(one, "manifest.json files", path=str, size=int, sha256=str):
                continue
            self.sha256[one["path"]] = one["sha256"]
            self.check_file(one)
        own = {"manifest.json", "manifest.sig.json"}
        for name in sorted(set(self.bundle.infos) - set(self.sha256) - own):
            report.wrong(name, name, "清单中没有此文件", "not in the manifest")
        facts = manifest["meeting"]
        report.say(
            f"证据包：{facts['case']} {facts['title']}，{len(self.sha256)} 个文件与清单核对完毕。",
            f"Bundle of {facts['case']} {facts['title']}: {len(self.sha256)} files compared with "
            "the manifest.",
        )

    def check_file(self, one):
        digest, size = hashlib.sha256(), 0
        try:
            for piece in self.bundle.pieces(one["path"]):
                digest.update(piece)
                size += len(piece)
        except Damaged as damage:
            self.report.wrong(
                one["path"],
                one["path"],
                f"缺失或损坏（{damage}）",
                f"missing or damaged ({damage})",
            )
            return
        if size != one["size"] or digest.hexdigest() != one["sha256"]:
            self.report.wrong(
                one["path"], one["path"], "内容与清单中的摘要不符", "is not what the manifest says"
            )

    # --- keys ---

    def read_keys(self):
        before = None
        for number, one in enumerate(self.json_of("keys.json", list), start=1):
            place = f"keys.json {number}"
            if not self.shaped(one, place, public=str, since=str, previous=str, endorsement=str):
                continue
            try:
                from_hex(one["public"], 32)
            except ValueError:
                self.report.wrong(place, place, "公钥不完整", "the public key is not whole")
                continue
            if one["previous"] != (before or ""):
                self.report.wrong(
                    place, place, "不是由前一把公钥接续", "does not follow the key before it"
                )
            elif before is not None:
                statement = {
                    "schema": "ledger-key/1",
                    "public": one["public"],
                    "previous": before,
                    "since": one["since"],
                }
                self.sign(before, statement, one["endorsement"], (place, place))
            before = one["public"]
            self.keys.append(before)
        if not self.keys:
            self.report.wrong("keys.json", "keys.json", "没有公钥", "there is no key")
            raise Stop
        if self.trusted and self.trusted not in self.keys:
            self.report.wrong(
                "keys.json", "keys.json", "不含您指定的公钥", "does not hold the key that you named"
            )
        sealed = self.json_of("manifest.sig.json", dict)
        place = ("manifest.json", "manifest.json")
        if self.shaped(sealed, "manifest.sig.json", signature=str, key=str):
            self.sign(sealed["key"], self.manifest, sealed["signature"], place)

    def sign(self, key, statement, signature, place):
        """Put a signature among those to be checked; note at once what cannot hold."""
        try:
            if key not in self.keys:
                raise ValueError("key")
            one = Signature(from_hex(key, 32), encode(statement), from_hex(signature, 64), place)
        except NotCanonical:
            self.report.wrong(*place, "无法编码", "cannot be encoded")
        except ValueError:
            self.report.wrong(
                *place, "签名不完整，或公钥不在公钥链中", "not a signature by a key of the chain"
            )
        else:
            self.signatures.append(one)

    def check_signatures(self):
        for one in bad_signatures(self.signatures):
            self.report.wrong(*one.place, "签名无效", "the signature does not hold")
        self.report.say(
            f"{len(self.signatures)} 个签名（Ed25519）已验算，公钥 {len(self.keys)} 把。",
            f"{len(self.signatures)} signatures (Ed25519) checked, of {len(self.keys)} key(s).",
        )

    # --- the ledger: every line, the chain, the tree ---

    def read_seals_and_heads(self):
        self.seals, self.heads = [], []
        for number, one in enumerate(self.json_of("seals.json", list), start=1):
            if self.shaped(
                one, f"seals.json {number}",
                first=int, size=int, root=str, head=str, signature=str, key=str,
            ):  # fmt: skip
                self.seals.append(one)
        for number, one in enumerate(self.json_of("heads.json", list), start=1):
            place = f"heads.json {number}"
            if (
                self.shaped(one, place, statement=dict, signature=str, key=str, consistency=dict)
                and self.shaped(one["statement"], place, size=int, root=str, head=str, at=str)
                and self.shaped(one["consistency"], place, path=list)
            ):
                self.heads.append(one)
        self.wanted_roots = {one["statement"]["size"] for one in self.heads}

    def read_ledger(self):
        report, peaks, previous = self.report, [], ""
        self.story = Story(self)
        meeting = self.manifest["meeting"]["id"]
        expected = 0
        try:
            for line in self.bundle.lines("ledger.jsonl"):
                expected += 1
                place = (f"ledger.jsonl 第 {expected} 行", f"ledger.jsonl line {expected}")
                entry = self.read_line(line, place)
                if entry is None:
                    self.hashes.append(b"")
                    grow(peaks, expected - 1, leaf(b""))
                    continue
                if entry["position"] != expected:
                    report.entry(
                        entry, f"应为第 {expected} 条（有增删或次序变动）",
                        f"position {expected} was expected: entries were added, dropped or moved",
                    )  # fmt: skip
                if entry["meeting"] != meeting:
                    report.entry(entry, "属于另一次会议", "is of another meeting", "meeting")
                if entry["previous"] != previous:
                    report.entry(
                        entry, "没有接续前一条", "does not follow the entry before it", "previous"
                    )  # fmt: skip
                previous = entry["entry_hash"]
                digest = bytes.fromhex(previous)
                grow(peaks, expected - 1, leaf(digest))
                self.hashes.append(digest)
                if expected in self.wanted_roots:
                    self.roots[expected] = tree_root(peaks)
                self.kinds[entry["kind"]] = self.kinds.get(entry["kind"], 0) + 1
                self.story.tell(entry)
        except Damaged as damage:
            report.wrong(
                "ledger.jsonl",
                "ledger.jsonl",
                f"缺失或损坏（{damage}）",
                f"missing or damaged ({damage})",
            )
            raise Stop from None
        self.entries, self.head = expected, previous
        told = self.manifest["ledger"]
        if (told["entries"], told["head"]) != (expected, previous):
            report.wrong(
                "ledger.jsonl", "ledger.jsonl",
                f"清单载明 {told['entries']} 条，实为 {expected} 条，或末条不同（尾部被截断）",
                f"the manifest names {told['entries']} entries and the last, here are {expected}: "
                "the tail was cut off or changed",
            )  # fmt: skip
        report.say(
            f"账本 {expected} 条记录：编码、摘要、链条和树根已重新计算。",
            f"Ledger of {expected} entries: encoding, hashes, chain and tree computed anew.",
        )

    def read_line(self, line, place):
        try:
            entry = parse(line)
        except ValueError as error:
            self.report.wrong(*place, f"不可读（{error}）", f"unreadable ({error})")
            return None
        if not self.shaped(
            entry, self.report.words(*place),
            schema=str, meeting=int, position=int, kind=str, at=str, body=dict, previous=str,
            entry_hash=str,
        ):  # fmt: skip
            return None
        hashed = {name: value for name, value in entry.items() if name != "entry_hash"}
        try:
            digest = hashlib.sha256(encode(hashed)).hexdigest()
            written = encode(entry)
        except (NotCanonical, UnicodeEncodeError) as error:
            self.report.entry(entry, f"无法编码（{error}）", f"cannot be encoded ({error})")
            return None
        if set(hashed) != ENTRY_FIELDS or entry["schema"] != "ledger-entry/1":
            self.report.entry(entry, "字段不符", "does not have the fields of an entry")
        if written != line:
            self.report.entry(
                entry, "不是规范编码（RFC 8785）", "is not in canonical form (RFC 8785)"
            )
        if digest != entry["entry_hash"]:
            self.report.entry(
                entry, "摘要与内容不符", "the hash does not fit the content", "entry_hash"
            )
            entry["entry_hash"] = digest
        return entry

    def check_seals(self):
        at = 1
        for one in self.seals:
            first, size = one["first"], one["size"]
            last = first + size - 1
            place = (f"第 {first} 至 {last} 条的签名", f"seal of entries {first} to {last}")
            if first != at or size < 1 or last > self.entries:
                self.report.wrong(
                    *place,
                    f"与记录不衔接，应从第 {at} 条起",
                    f"does not fit: {at} was expected as its first",
                )  # fmt: skip
                if last > self.entries or size < 1:
                    return
            at = last + 1
            self.seal_ends.add(last)
            batch = self.hashes[first - 1 : last]
            if b"" in batch:
                continue
            peaks = []
            for number, digest in enumerate(batch):
                grow(peaks, number, leaf(digest))
            if tree_root(peaks).hex() != one["root"]:
                self.report.wrong(*place, "树根不符", "the root is another one")
            if batch[-1].hex() != one["head"]:
                self.report.wrong(*place, "末条摘要不符", "the last entry's hash is another one")
            statement = {
                "schema": "ledger-batch/1",
                "meeting": self.manifest["meeting"]["id"],
                "first": first,
                "size": size,
                "root": one["root"],
                "head": one["head"],
            }
            self.sign(one["key"], statement, one["signature"], place)
        if at != self.entries + 1:
            self.report.wrong(
                "seals.json", "seals.json",
                f"第 {at} 条起没有签名", f"nothing is signed from entry {at} on",
            )  # fmt: skip

    def check_heads(self):
        before, before_root = 0, b""
        tokens = 0
        for one in self.heads:
            said = one["statement"]
            size = said["size"]
            place = (f"前 {size} 条的签名树头", f"signed head of {size} entries")
            root = self.roots.get(size)
            if root is None or size <= before:
                self.report.wrong(*place, "与账本不符", "does not fit the ledger")
                continue
            if said["root"] != root.hex():
                self.report.wrong(*place, "树根不符", "the root is another one")
            if said["head"] != self.hashes[size - 1].hex():
                self.report.wrong(*place, "末条摘要不符", "the last entry's hash is another one")
            if said.get("meeting") != self.manifest["meeting"]["id"]:
                self.report.wrong(*place, "属于另一次会议", "is of another meeting")
            if set(said) != HEAD_FIELDS or said.get("schema") != "ledger-head/1":
                self.report.wrong(*place, "字段不符", "does not have the fields of a head")
            self.sign(one["key"], said, one["signature"], place)
            proof = one["consistency"]
            try:
                path = [from_hex(step, 32) for step in proof["path"]]
                holds = proof.get("from") == before and consistent(
                    before, before_root, size, root, path
                )
            except ValueError:
                holds = False
            if not holds:
                self.report.wrong(
                    *place, "一致性证明不成立", "the proof of consistency does not hold"
                )
            tokens += self.check_timestamp(size, said, place)
            before, before_root = size, root
        if before != self.entries:
            self.report.wrong(
                "heads.json", "heads.json",
                f"最后的树头只覆盖 {before} 条", f"the last head covers {before} entries alone",
            )  # fmt: skip
        for result in self.story.results:
            end = min((last for last in self.seal_ends if last >= result["position"]), default=0)
            if end not in self.roots:
                self.report.entry(
                    result, "表决截止时没有签名树头", "no head was signed at this close"
                )
        self.report.say(
            f"{len(self.heads)} 个签名树头及其一致性证明已验算，可信时间戳 {tokens} 个。",
            f"{len(self.heads)} signed heads and their consistency checked, {tokens} timestamp(s).",
        )

    def check_timestamp(self, size, statement, place):
        name = f"timestamps/{size}.tsr"
        if name not in self.bundle.infos:
            return 0
        digest = hashlib.sha256(encode(statement))
        try:
            imprint, at = timestamp(self.bundle.whole(name))
        except (Damaged, ValueError) as error:
            self.report.wrong(name, name, f"不可读（{error}）", f"unreadable ({error})")
            return 0
        if imprint != digest.digest():
            self.report.wrong(*place, "时间戳不是对它作出的", "the timestamp is of something else")
            return 0
        self.report.say(
            f"  {name}：{at}。验证签发机构："
            f"openssl ts -verify -digest {digest.hexdigest()} -in {name} -CAfile CA.pem",
            f"  {name}: {at}. To check its authority: "
            f"openssl ts -verify -digest {digest.hexdigest()} -in {name} -CAfile CA.pem",
        )
        return 1

    # --- documents, papers, recordings ---

    def check_exhibits(self):
        held = {sha256: path for path, sha256 in self.sha256.items()}
        left_out = {
            one["sha256"]: one for one in self.manifest["left_out"]
            if self.shaped(one, "manifest.json left_out", path=str, sha256=str, reason=str)
        }  # fmt: skip
        named, without = set(), 0
        for entry, sha256 in self.story.files():
            named.add(sha256)
            if sha256 in held:
                continue
            if entry["kind"] == "recording" and sha256 in left_out:
                without += 1
                continue
            self.report.entry(
                entry, f"所载文件（{sha256[:16]}…）不在证据包中，或已被替换",
                f"the file that it names ({sha256[:16]}…) is not in the bundle, or was swapped",
                FILES_OF[entry["kind"]],
            )  # fmt: skip
        for path, sha256 in sorted(self.sha256.items()):
            if path.partition("/")[0] in FOLDERS and sha256 not in named:
                self.report.wrong(path, path, "没有任何记录提及此文件", "no entry names this file")
        self.story.check_recordings(held)
        self.report.say(
            f"账本所载的 {len(named)} 个文件（会议文件、文书、录像、扫描件）与摘要核对完毕"
            + (f"，其中 {without} 段录像未附文件。" if without else "。"),
            f"{len(named)} files that the ledger names (documents, papers, recordings) checked"
            + (f"; {without} recording(s) are left out of the bundle." if without else "."),
        )


ENTRY_FIELDS = {"schema", "meeting", "position", "kind", "at", "body", "previous"}
HEAD_FIELDS = {"schema", "meeting", "size", "root", "head", "at"}
FOLDERS = {"documents", "papers", "recordings", "mandates", "ballots"}


class Stop(Exception):
    """Nothing further can be checked."""


# --- The story that the ledger tells --------------------------------------------------------------


class Poll:
    """One poll as the ledger tells it so far."""

    def __init__(self, entry):
        self.entry = entry
        self.body = entry["body"]
        self.state = "frozen"
        self.rights = {}
        self.carried = {}
        self.names = {}
        self.ballots = {}
        self.numbers = 0
        self.opened_at = ""
        self.closes_at = None
        self.attended = set()
        self.result = None


class Story:
    """What the entries say, followed in their order and held against the law."""

    def __init__(self, verifier):
        self.verifier = verifier
        self.report = verifier.report
        self.polls = {}
        self.attending = set()
        self.documents = {}
        self.named = []
        self.recordings = {}
        self.chunks = {}
        self.results = []
        self.counted = self.voted = 0
        self.mandates = {}
        self.meeting_state = ""
        self.verbs = {
            "register_frozen": self.register_frozen,
            "poll_opened": self.poll_opened,
            "poll_extended": self.poll_changed,
            "poll_suspended": self.poll_changed,
            "poll_resumed": self.poll_changed,
            "poll_voided": self.poll_changed,
            "ballot": self.ballot,
            "poll_closed": self.poll_closed,
            "result": self.counted_result,
            "outcome_confirmed": self.confirmed,
            "ruling": self.of_a_counted_poll,
            "election_result": self.elected,
            "attendance": self.attends,
            "meeting_state": self.meeting_changed,
            "recording_chunk": self.recording_chunk,
            "document_handed_out": self.handed_out,
        }

    def tell(self, entry):
        verb = self.verbs.get(entry["kind"])
        field = FILES_OF.get(entry["kind"])
        try:
            if field is not None:
                self.file(entry, field)
            if entry["kind"].startswith("mandate_"):
                self.mandates[entry["body"]["mandate"]] = entry["kind"][len("mandate_") :]
            if verb is not None:
                verb(entry, entry["body"])
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            self.report.entry(
                entry, f"内容不完整（{error}）", f"the content is not whole ({error})", "body"
            )

    def poll_of(self, entry, *states):
        poll = self.polls.get(entry["body"]["resolution"])
        if poll is None:
            self.report.entry(
                entry, "没有已冻结的登记册", "no register was frozen before", "resolution"
            )
            return None
        if states and poll.state not in states:
            self.report.entry(
                entry,
                f"此时该项表决的状态是 {poll.state}",
                f"the poll is {poll.state} at this time",
            )
        return poll

    # --- the register ---

    def register_frozen(self, entry, body):
        if "rule_data" not in body:
            # Nothing after it could be judged: say so once rather than of every ballot.
            self.report.entry(
                entry,
                "由旧版软件写入，未记录规则和债权，无法重算",
                "written by an earlier version without rule and claims: not to be counted anew",
            )
            raise Enough
        known = self.polls.get(body["resolution"])
        if known is not None:
            self.report.entry(entry, "登记册已经冻结过", "the register was frozen before")
        poll = self.polls[body["resolution"]] = Poll(entry)
        first = self.polls.get(body["second_of"]) if body["second_of"] is not None else None
        failed = None
        if body["second_of"] is not None:
            if first is None or first.result is None:
                self.report.entry(
                    entry, "首次表决没有结果", "the first vote has no result", "second_of"
                )
            else:
                groups = first.result["groups"]
                failed = {one["group"] for one in groups if one["passed"] is not True}
        law = Register(body, failed)
        carries = body["second_of"] is not None and body["second_scope"] == "not_for"
        for number, one in enumerate(body["creditors"]):
            creditor = one["creditor"]
            field = f"creditors[{number}]"
            if creditor in poll.names:
                self.report.entry(
                    entry, f"债权人 {creditor} 重复", f"creditor {creditor} twice", field
                )
            poll.names[creditor] = one["name"]
            rights, reason = law.lines(one["claims"])
            self.compare_lines(entry, field, one, rights, reason, first if carries else None)
            if not reason:
                poll.rights[creditor] = rights
            for line in one["lines"]:
                if line.get("carried"):
                    poll.carried[creditor, line["group"]] = line["carried"]

    def compare_lines(self, entry, field, one, rights, reason, first):
        expected = [
            {
                "group": group,
                "heads": 1,
                "amount": yuan(amount),
                "reason": "",
                "carried": "for" if first is not None
                and self.said(first).get((one["creditor"], group)) == "for" else "",
            }
            for group, amount in rights.items()
        ]  # fmt: skip
        if not expected:
            nothing = {"group": "", "heads": 0, "amount": "0.00", "reason": reason}
            expected = [{**nothing, "carried": ""}]
        by_group = lambda line: line["group"]  # noqa: E731
        if sorted(one["lines"], key=by_group) != sorted(expected, key=by_group):
            self.report.entry(
                entry,
                f"{one['name']} 的表决权与其债权不符，应为 {short(expected)}",
                f"the vote of {one['name']} does not follow from its claims: {short(expected)}",
                f"{field}.lines",
            )

    @staticmethod
    def said(poll):
        """What the effective ballots say: creditor and group to choice, earlier consents too."""
        found = dict(poll.carried)
        for creditor, ballot in poll.ballots.items():
            for one in ballot["groups"]:
                found[creditor, one["group"]] = one["choice"]
        return found

    # --- the poll ---

    def poll_opened(self, entry, body):
        poll = self.poll_of(entry, "frozen")
        if poll is None:
            return
        for name in ("rule", "matter"):
            if body[name] != poll.body[name]:
                self.report.entry(entry, "与登记册不同", "is not that of the register", name)
        if body.get("document") is not None and body["document"] not in self.documents:
            self.report.entry(
                entry, "所附文件未曾发放", "its document was not handed out before", "document"
            )
        shown = body.get("document_shown")
        if shown is not None and (
            shown["document"] != body["document"]
            or shown["sha256"] != self.documents.get(body["document"])
        ):
            self.report.entry(
                entry, "所附文件与发放的文件不同", "its document is not the one handed out",
                "document_shown",
            )  # fmt: skip
        poll.state, poll.opened_at, poll.closes_at = "open", body["opened_at"], body["closes_at"]
        moment(poll.opened_at)

    def poll_changed(self, entry, body):
        kind = entry["kind"]
        if kind == "poll_extended":
            poll = self.poll_of(entry, "open", "suspended")
        elif kind == "poll_suspended":
            poll = self.poll_of(entry, "open")
        elif kind == "poll_resumed":
            poll = self.poll_of(entry, "suspended")
        else:
            poll = self.poll_of(entry, "open", "suspended", "closed")
        if poll is None:
            return
        if body["before"] != poll.closes_at and kind != "poll_voided":
            self.report.entry(
                entry,
                f"原截止时间应为 {poll.closes_at}",
                f"the close was {poll.closes_at}",
                "before",
            )
        if kind == "poll_voided":
            poll.state = "voided"
            return
        if (
            kind == "poll_extended"
            and poll.closes_at is not None
            and not (body["after"] is not None and body["after"] > poll.closes_at)
        ):
            self.report.entry(entry, "不是延长", "does not extend the poll", "after")
        poll.state = {"poll_suspended": "suspended", "poll_resumed": "open"}.get(kind, poll.state)
        poll.closes_at = body["after"]

    def ballot(self, entry, body):
        poll = self.poll_of(entry, "open")
        if poll is None:
            return
        self.voted += 1
        at = entry["at"]
        if at < poll.opened_at or (poll.closes_at is not None and at > poll.closes_at):
            self.report.entry(
                entry, "不在表决时间内", "was cast outside the time of the poll", "at"
            )
        if body["number"] != f"{body['resolution']}-{entry['position']:06d}":
            self.report.entry(
                entry, "编号与位置不符", "the number does not fit the position", "number"
            )
        creditor = body["creditor"]
        rights = poll.rights.get(creditor)
        if rights is None:
            self.report.entry(
                entry, "该债权人不在登记册中或没有表决权", "the creditor has no vote", "creditor"
            )
            return
        if body["creditor_name"] != poll.names[creditor]:
            self.report.entry(
                entry, "名称与登记册不同", "is not the register's name", "creditor_name"
            )
        self.check_groups(entry, body, poll, rights)
        self.check_way(entry, body, poll)
        # A later ballot takes the place of the earlier one: one effective ballot a creditor.
        poll.ballots[creditor] = body
        poll.numbers += 1

    def check_groups(self, entry, body, poll, rights):
        groups, together = body["groups"], 0
        names = [one["group"] for one in groups]
        if not names or len(set(names)) != len(names):
            self.report.entry(
                entry, "表决组缺失或重复", "groups are missing or stand twice", "groups"
            )
        for one in groups:
            right = rights.get(one["group"])
            together += fen(one["amount"])
            if right is None or poll.carried.get((body["creditor"], one["group"])):
                self.report.entry(
                    entry,
                    f"该债权人不在“{one['group']}”组表决",
                    f"does not vote in {one['group']!r}",
                    "groups",
                )
            elif one["heads"] != 1 or fen(one["amount"]) != right:
                self.report.entry(
                    entry,
                    f"债权额应为 {yuan(right)}",
                    f"the amount should be {yuan(right)}",
                    "groups",
                )
            if one["choice"] not in CHOICES:
                self.report.entry(entry, "没有这种选择", "there is no such choice", "groups")
        if fen(body["amount"]) != together:
            self.report.entry(
                entry, f"债权额应为 {yuan(together)}", f"should be {yuan(together)}", "amount"
            )
        choices = {one["choice"] for one in groups}
        if body["choice"] != (choices.pop() if len(choices) == 1 else "split"):
            self.report.entry(
                entry, "与各组的选择不符", "does not fit the choices of the groups", "choice"
            )

    def check_way(self, entry, body, poll):
        way, before = body["way"], poll.ballots.get(body["creditor"])
        if way not in ("online", "paper"):
            self.report.entry(entry, "没有这种方式", "there is no such way", "way")
        if way == "paper" and body["checked_by"] in (None, body["person"]):
            self.report.entry(
                entry,
                "书面表决票未经第二人复核",
                "the paper ballot had no second person's check",
                "checked_by",
            )
        if before is not None and before["way"] != way:
            stands = {"paper": ("paper", "first"), "online": ("online", "first")}[before["way"]]
            if poll.body["practice"]["paper_conflict"] in stands:
                self.report.entry(
                    entry, "应以先前的一票为准", "the earlier ballot should stand", "way"
                )
        state = self.mandates.get(body["mandate"]) if body["mandate"] is not None else None
        if state is not None and state != "accepted":
            self.report.entry(
                entry, f"授权委托书的状态是 {state}", f"the mandate is {state}", "mandate"
            )

    def poll_closed(self, entry, body):
        poll = self.poll_of(entry, "open")
        if poll is None:
            return
        poll.state = "closed"
        for name, held in (
            ("opened_at", poll.opened_at),
            ("closes_at", poll.closes_at),
            ("second_of", poll.body["second_of"]),
        ):
            if body[name] != held:
                self.report.entry(entry, f"应为 {held}", f"should be {held}", name)
        if poll.closes_at is not None and body["closed_at"] > poll.closes_at:
            self.report.entry(
                entry, "晚于宣布的截止时间", "is later than the announced close", "closed_at"
            )
        here = set(poll.ballots) | {creditor for creditor, _group in poll.carried}
        if poll.body["practice"]["attendance"] != "voted_only":
            here |= self.attending
        expected = sorted(here & set(poll.rights))
        poll.attended = set(expected)
        if sorted(body["attended"]) != expected:
            wrong = sorted(set(body["attended"]) ^ set(expected))[:5]
            self.report.entry(
                entry,
                f"出席情况不符：债权人 {wrong}",
                f"attendance differs: creditors {wrong}",
                "attended",
            )

    def counted_result(self, entry, body):
        poll = self.poll_of(entry, "closed")
        if poll is None:
            return
        rule, said = poll.body["rule_data"], self.said(poll)
        members = {}
        for creditor, rights in poll.rights.items():
            for group, amount in rights.items():
                members.setdefault(group, {})[creditor] = amount
        order = rule.get("group_order", [])
        place = lambda name: (order.index(name) if name in order else len(order), name)  # noqa: E731
        groups = [
            count_group(rule, name, members[name], poll.attended, said)
            for name in sorted(members, key=place)
        ]
        if not groups or any(one["passed"] is False for one in groups):
            outcome = "not_passed"
        else:
            outcome = "passed" if all(one["passed"] for one in groups) else "undecided"
        first = self.polls.get(poll.body["second_of"])
        if first is not None and first.result is not None:
            # What passed in the first vote stands.
            groups += [
                one for one in first.result["groups"]
                if one["passed"] is True and one["group"] not in members
            ]  # fmt: skip
            groups.sort(key=lambda one: place(one["group"]))
        expected = {
            "schema": "count-result/1",
            "rule": poll.body["rule"],
            "matter": poll.body["matter"],
            "outcome": outcome,
            "groups": groups,
            "rejected_ballots": [],
        }
        difference = differs(body["result"], expected, "result")
        if difference:
            field, told, right = difference
            self.report.entry(
                entry, f"重新计票为 {short(right)}，记录为 {short(told)}",
                f"counted anew it is {short(right)}, the record says {short(told)}", field,
            )  # fmt: skip
        self.check_ways(entry, body, poll)
        poll.result = expected
        self.results.append(entry)
        self.counted += 1
        title = self.title_of(poll)
        self.report.say(
            f"  第 {poll.entry['position']} 条起：{title}，登记 {len(poll.names)} 名债权人，"
            f"{poll.numbers} 张表决票，结果 {outcome}。",
            f"  From entry {poll.entry['position']}: {title}, {len(poll.names)} creditors, "
            f"{poll.numbers} ballots, {outcome}.",
        )

    def title_of(self, poll):
        return f"#{poll.body['resolution']} {poll.body['rule']}"

    def check_ways(self, entry, body, poll):
        sums = {}
        for ballot in poll.ballots.values():
            if ballot["way"] == "paper":
                for one in ballot["groups"]:
                    held = sums.setdefault(one["group"], {}).setdefault(one["choice"], [0, 0])
                    held[0], held[1] = held[0] + 1, held[1] + fen(one["amount"])
        expected = {
            "paper": {
                group: {
                    choice: {"number": one[0], "amount": yuan(one[1])}
                    for choice, one in said.items()
                }
                for group, said in sums.items()
            }
        }
        if body["ways"] != expected:
            self.report.entry(
                entry, "书面表决票的小计不符", "the sums of the paper ballots differ", "ways"
            )

    def confirmed(self, entry, body):
        poll = self.poll_of(entry, "closed")
        if poll is None or poll.result is None:
            return
        if body["outcome"] != poll.result["outcome"]:
            self.report.entry(entry, "与计票结果不符", "is not the outcome of the count", "outcome")

    def of_a_counted_poll(self, entry, body):
        poll = self.poll_of(entry, "closed")
        if poll is not None and poll.result is None:
            self.report.entry(entry, "尚无表决结果", "there is no result yet", "resolution")

    def elected(self, entry, body):
        seats = body["seats"]
        if len(body["elected"]) > min(seats, 9):
            self.report.entry(
                entry, "当选人数超过名额", "more are elected than there are seats", "elected"
            )
        for number, one in enumerate(body["elected"]):
            poll = self.polls.get(one["resolution"])
            if poll is None or poll.result is None or poll.result["outcome"] != "passed":
                self.report.entry(
                    entry, "该候选人未获通过", "this candidate did not pass", f"elected[{number}]"
                )

    # --- attendance, the meeting, files ---

    def attends(self, entry, body):
        fen(body["amount"])
        self.attending.add(body["creditor"])

    def meeting_changed(self, entry, body):
        allowed = {
            "": ("draft", "convened", "open", "adjourned", "closed"),
            "draft": ("convened",),
            "convened": ("open", "draft"),
            "open": ("adjourned", "closed"),
            "adjourned": ("open", "closed"),
            "closed": (),
        }
        state = body["state"]
        if state not in allowed.get(self.meeting_state, ()):
            self.report.entry(
                entry, f"会议不能由 {self.meeting_state} 变为 {state}",
                f"a meeting that is {self.meeting_state} does not become {state}", "state",
            )  # fmt: skip
        self.meeting_state = state

    def handed_out(self, entry, body):
        self.documents[body["document"]] = body["sha256"]

    def file(self, entry, field):
        sha256 = entry["body"].get(field)
        if not sha256:
            return
        from_hex(sha256, 32)
        if entry["kind"] == "recording":
            self.recordings[entry["body"]["recording"]] = entry
        else:
            self.named.append((entry, sha256))

    def files(self):
        """The files that entries name; of a recording the last entry tells what it came to."""
        return self.named + [(one, one["body"]["sha256"]) for one in self.recordings.values()]

    def recording_chunk(self, entry, body):
        from_hex(body["sha256"], 32)
        if body["bytes"] < 0:
            raise ValueError("bytes")
        self.chunks.setdefault(body["recording"], []).append(entry)

    def check_recordings(self, held):
        """Hash each recording once, and compare what it held at every note on the way."""
        for recording, entries in self.chunks.items():
            end = self.recordings.get(recording)
            path = held.get(end["body"]["sha256"]) if end is not None else None
            if path is None:
                continue
            digest, at = hashlib.sha256(), 0
            waiting = sorted(entries, key=lambda one: one["body"]["bytes"])
            try:
                for piece in self.verifier.bundle.pieces(path):
                    while waiting and waiting[0]["body"]["bytes"] <= at + len(piece):
                        cut = waiting[0]["body"]["bytes"] - at
                        digest.update(piece[:cut])
                        piece, at = piece[cut:], at + cut
                        self.compare_chunk(waiting.pop(0), digest)
                    digest.update(piece)
                    at += len(piece)
            except Damaged:
                continue
            for one in waiting:
                if one["body"]["bytes"] == at:
                    self.compare_chunk(one, digest)
                else:
                    self.report.entry(
                        one, "录像比记录的短", "the recording is shorter than this", "bytes"
                    )

    def compare_chunk(self, entry, digest):
        if digest.hexdigest() != entry["body"]["sha256"]:
            self.report.entry(
                entry, "录像到此处的摘要不符", "the recording up to here is another one", "sha256"
            )

    def finish(self):
        for poll in self.polls.values():
            if poll.state == "frozen":
                self.report.entry(
                    poll.entry, "登记册冻结后没有开始表决", "no poll was opened after it"
                )
            if poll.state == "closed" and poll.result is None:
                self.report.entry(poll.entry, "截止后没有计票结果", "no result follows its close")
        self.report.say(
            f"{len(self.polls)} 项表决：登记册由债权重新编制，{self.voted} 张表决票逐张核对，"
            f"{self.counted} 项结果重新计票；出席债权人 {len(self.attending)} 名。",
            f"{len(self.polls)} polls: registers drawn up anew from the claims, {self.voted} "
            f"ballots checked one by one, {self.counted} results counted anew; "
            f"{len(self.attending)} attended.",
        )


CHOICES = ("for", "against", "abstain")


def moment(text):
    """Check a time (RFC 3339, UTC, milliseconds): such texts compare as the times do."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text):
        raise ValueError(f"no time: {text!r}")


def differs(told, right, field):
    """Find the first place where two values differ: its name and both values."""
    if isinstance(told, dict) and isinstance(right, dict) and set(told) == set(right):
        for name in right:
            found = differs(told[name], right[name], f"{field}.{name}")
            if found:
                return found
        return None
    if isinstance(told, list) and isinstance(right, list) and len(told) == len(right):
        for number in range(len(right)):
            found = differs(told[number], right[number], f"{field}[{number}]")
            if found:
                return found
        return None
    return None if told == right and type(told) is type(right) else (field, told, right)


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"


# --- From the command line ------------------------------------------------------------------------


def verify(path, lang="zh", key=None):
    """Check a bundle and return the report. Raises Unreadable."""
    return Verifier(path, lang, key).run()


def language(asked):
    if asked:
        return asked
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if told.lower().startswith("zh") else "en"


def main(arguments=None):
    reader = argparse.ArgumentParser(
        prog="verify_evidence.py", description="Checks a bundle of evidence (核验证据包)."
    )
    reader.add_argument("file", help="the bundle, a .zip (证据包)")
    reader.add_argument("--lang", choices=("zh", "en"), help="language of the report (语言)")
    reader.add_argument("--key", help="the public key that must be in the bundle (公布的公钥)")
    asked = reader.parse_args(arguments)
    lang = language(asked.lang)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        verifier = Verifier(asked.file, lang, asked.key)
        report = verifier.run()
    except Unreadable as why:
        words = "无法读取：" if lang == "zh" else "unreadable: "
        print(f"{asked.file}: {words}{why}", file=sys.stderr)
        return 2
    for line in report.lines:
        print(line)
    for number, key in enumerate(verifier.keys, start=1):
        print(report.words(f"公钥 {number}：{key}", f"key {number}: {key}"))
    for problem in report.problems:
        print(f"✗ {problem}")
    if report.problems:
        found = len(report.problems)
        print(report.words(f"不成立：发现 {found} 处问题。", f"DOES NOT HOLD: {found} problem(s)."))
        return 1
    print(
        report.words(
            "全部成立。请将公钥与法院或管理人公布的公钥比对。",
            "ALL HOLDS. Compare the key with the one that court or administrator published.",
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
