"""Lines under a real Daphne: order, slow readers, dead ones, TLS, and what is too large."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.lines.sockets import Guest, framed, serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    # Guests answer no pings: on a slow machine one would be taken for gone.
    with serving("--ping-interval", "3600") as port:
        yield port


def test_a_slow_reader_gets_everything_in_order(port: int) -> None:
    some = random.Random(7)
    sizes = [some.choice([3, 300, 3_000, 30_000]) for _ in range(40)]
    slow, other = Guest(port, "slow", buffer=4096), Guest(port, "other")
    before = other.ask()
    # More than the kernel takes: some went straight, the rest had to wait for its turn.
    told = other.ask(to="slow", fill=50_000, frames=sizes)
    assert all(told["written"])
    assert told["waiting"] > 0
    assert told["direct"] > before["direct"]
    assert told["asgi"] == before["asgi"] + len(sizes)
    # Pieces of odd sizes, so that frames are cut anywhere.
    assert numbers(slow, len(sizes), 997) == list(range(len(sizes)))
    # Once it has read all, frames go straight again.
    calm = other.ask(to="slow", check=True)
    assert calm["waiting"] == 0
    after = other.ask(to="slow", frames=[3])
    assert after["asgi"] == calm["asgi"]
    assert numbers(slow, 1) == [0]


def test_who_leaves_too_much_unread_is_cut_off_and_nobody_else(port: int) -> None:
    deaf, other = Guest(port, "deaf", buffer=4096), Guest(port, "other")
    before = other.ask()["dropped"]
    told = other.ask(to="deaf", frames=[100_000] * 200)
    assert not all(told["written"])
    assert told["dropped"] == before + 1
    deaf.until_end()
    assert "deaf" not in other.ask()["open"]
    # It comes again and is served as before.
    again = Guest(port, "deaf")
    other.ask(to="deaf", frames=[3])
    assert numbers(again, 1) == [0]


def test_one_large_state_is_no_offence(port: int) -> None:
    reader, other = Guest(port, "reader"), Guest(port, "other")
    told = other.ask(to="reader", fill=50_000, frames=[9_000_000, 3, 300])
    assert all(told["written"])
    assert numbers(reader, 3) == [0, 1, 2]


def test_who_takes_nothing_for_long_is_cut_off() -> None:
    with serving(STUCK_SECONDS="0.2") as port:
        stuck, other = Guest(port, "stuck", buffer=4096), Guest(port, "other")
        told = other.ask(to="stuck", fill=50_000)
        assert told["waiting"] > 0
        while other.ask(to="stuck", check=True).get("stands"):
            pass
        assert other.ask()["dropped"] == 1
        stuck.until_end()


def test_who_vanished_is_found_by_pings() -> None:
    with serving("--ping-interval", "1", "--ping-timeout", "3") as port:
        gone = Guest(port, "gone")
        gone.say(frames=[3, 300, 3])
        # It reads, and what it is told goes straight; but it answers no ping.
        gone.until_end()
        assert gone.pings > 0
        assert "gone" not in Guest(port, "other").ask()["open"]


def test_what_is_too_large_never_comes_together(port: int) -> None:
    other = Guest(port, "other")
    for first, rest in (([b"x" * 300_000], []), ([b"x" * 100_000], [b"x" * 100_000] * 3)):
        large = Guest(port, "large")
        try:
            large.send(first[0], 0x81 if not rest else 0x01)
            for one in rest:
                large.send(one, 0x00)
        except OSError:
            pass  # It was closed while it was still sending.
        large.until_end()
        assert "large" not in other.ask()["open"]
    fine = Guest(port, "fine").ask(more="x" * 60_000)
    assert fine["direct"] > 0
    # And it was read without Autobahn, which has all that is asked for.
    assert fine["at_rest"]


def test_bytes_are_told_from_text(port: int) -> None:
    guest = Guest(port, "bytes")
    guest.send(b"\x00\xff", 0x82)
    assert guest.answer() == {"bytes": True}


def test_frames_are_read_however_they_come(port: int) -> None:
    guest = Guest(port, "pieces")
    texts = [{"echo": n, "more": "议" * size} for n, size in enumerate([1, 40, 50, 21_000])]
    together = b"".join(framed(json.dumps(one, ensure_ascii=False).encode()) for one in texts)
    # All at once, with a ping and a message in two pieces among them.
    guest.raw(together + framed(b"still", 0x89) + framed(b'{"echo"', 0x01) + framed(b": 9}", 0x80))
    assert echoes(guest, 5) == [0, 1, 2, 3, 9]
    # Cut anywhere.
    for cut in (1, 2, 3, 5, 6, 7, 30, 60, 200, 300):
        guest.raw(together[:cut])
        assert "waiting" in Guest(port, "between").ask()
        guest.raw(together[cut:])
        assert echoes(guest, 4) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        framed(b"\xff\xfe"),
        framed(b"{}", 0xC1),
        framed(b"{}", 0x83),
        framed(b"more", 0x80),
        b"\x81\x02{}",
        b"\x81\xfe\x00\x02" + bytes(4) + b"{}",
    ],
    ids=[
        "no UTF-8",
        "a reserved bit",
        "a reserved kind",
        "no beginning",
        "no mask",
        "a long length",
    ],
)
def test_what_breaks_the_rules_of_frames_ends_that_socket(port: int, wrong: bytes) -> None:
    rude, other = Guest(port, "rude"), Guest(port, "other")
    rude.raw(framed(b'{"echo": 1}') + wrong + framed(b'{"echo": 2}'))
    told = [frame for frame in rude.frames() if "answer" in frame]
    assert [one["answer"].get("echo") for one in told] == [1]
    assert "rude" not in other.ask()["open"]


def echoes(guest: Guest, wanted: int) -> list[int]:
    """Read so many answers; return what they echo."""
    return [guest.answer()["echo"] for _ in range(wanted)]


def test_where_daphne_ends_tls_nothing_is_written_past_it(tmp_path: Path) -> None:
    endpoint = f"ssl:{{port}}:interface=127.0.0.1:privateKey={tmp_path}/k:certKey={tmp_path}/c"
    certificate(tmp_path / "k", tmp_path / "c")
    with serving(endpoint=("-e", endpoint)) as port:
        slow, other = Guest(port, "slow", tls=True, buffer=4096), Guest(port, "other", tls=True)
        sizes = [3, 3_000, 60_000, 2_000_000, 3, 300]
        told = other.ask(to="slow", frames=sizes)
        assert all(told["written"])
        assert numbers(slow, len(sizes), 9_973) == list(range(len(sizes)))
        assert told["direct"] == 0
        assert told["asgi"] == len(sizes)
        deaf = Guest(port, "deaf", tls=True, buffer=4096)
        assert not all(other.ask(to="deaf", frames=[100_000] * 200)["written"])
        deaf.until_end()


def numbers(guest: Guest, wanted: int, at_a_time: int = 1 << 16) -> list[int]:
    """Read so many numbered frames, past what only filled the way."""
    found: list[int] = []
    for frame in guest.frames(at_a_time):
        if "n" in frame:
            found.append(frame["n"])
            if len(found) == wanted:
                break
    return found


def certificate(key_path: Path, certificate_path: Path) -> None:
    """Make a certificate that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
