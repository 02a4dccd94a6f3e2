"""Photos that people send: what is kept of them, and what is refused in one sentence."""

from __future__ import annotations

import io
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import ExifTags, Image

from city.photos import AT_ONCE, LARGEST_KEPT, LARGEST_SENT, LONGEST_SIDE, MOST_WAITING, prepared
from domain.said import Refused

ON_ITS_SIDE = 6
"""The camera was held upright: the picture wants a quarter turn."""

SECRET = b"Wang, 13800000000, 39.8621 N 124.1523 E"


def picture(size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image


def sent(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


def exif_of_a_telephone() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = ON_ITS_SIDE
    exif[ExifTags.Base.Make] = SECRET.decode()
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (39.0, 51.0, 43.56)
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_and_camera_are_gone_and_the_picture_stands_upright(kind: str) -> None:
    kept = prepared(sent(picture(), kind, exif=exif_of_a_telephone()))
    image = opened(kept)
    assert image.format == "JPEG" and image.size == (32, 64)
    assert not image.getexif() and SECRET not in kept and b"Exif" not in kept
    top, bottom = image.getpixel((16, 5)), image.getpixel((16, 58))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert top[0] > 200 and bottom[2] > 200, "the left side is up"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("JPEG", {"comment": SECRET}),
        ("JPEG", {"xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"}),
        ("WEBP", {"xmp": b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"}),
    ],
)
def test_what_was_written_beside_a_picture_is_not_kept(kind: str, more: dict[str, object]) -> None:
    raw = sent(picture(), kind, **more)
    assert SECRET in raw
    kept = prepared(raw)
    assert SECRET not in kept and "comment" not in opened(kept).info


def test_a_picture_whose_camera_wrote_nonsense_is_kept_as_it_lies() -> None:
    broken = sent(picture(), "WEBP", exif=b"Exif\x00\x00no TIFF at all")
    assert opened(prepared(broken)).size == (64, 32)


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL.*", "ignore::PIL.Image.DecompressionBombWarning")
def test_a_broken_picture_is_kept_or_refused_and_never_an_error() -> None:
    chance = random.Random(1)
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = sent(picture(), kind, exif=exif_of_a_telephone())
        for _ in range(300):
            raw = bytearray(whole)
            for _ in range(chance.randint(1, 6)):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            try:
                assert opened(prepared(bytes(raw))).format == "JPEG"
            except Refused as refused:
                assert "photo" in str(refused)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"this is a text, whatever its name says", "no photo"),
        (b"", "no photo"),
        (sent(picture(), "GIF"), "no photo"),
        (sent(Image.new("1", (20_000, 20_000)), "PNG"), "no photo"),
        (sent(Image.new("1", (9_000, 9_000)), "PNG"), "too many pixels"),
        (sent(Image.new("1", (6_000, 5_000)), "PNG"), "too many pixels"),
        (sent(Image.new("L", (6_000, 5_000)), "JPEG", progressive=True), "too many pixels"),
        (b"\xff\xd8\xff" + bytes(LARGEST_SENT), "at most 20 MB"),
    ],
    ids=[
        "text",
        "nothing",
        "another format",
        "a bomb",
        "too many pixels",
        "too many to read whole",
        "too many, bit by bit",
        "more than 20 MB",
    ],
)
def test_what_is_no_photo_of_a_street_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        prepared(raw)


def test_a_large_photo_is_made_small() -> None:
    noise = Image.effect_noise((3_000, 2_000), 80).convert("RGB")
    kept = prepared(sent(noise, "JPEG", quality=95))
    assert len(kept) <= LARGEST_KEPT and max(opened(kept).size) <= LONGEST_SIDE


def test_of_a_large_jpeg_only_as_much_is_read_as_is_kept() -> None:
    """A few hundred kilobytes that were sent could else take a gigabyte to read."""
    upright = opened(
        prepared(sent(Image.new("RGB", (8_000, 5_000), "red"), "JPEG", exif=exif_of_a_telephone()))
    )
    assert upright.size == (1_000, 1_600)
    assert upright.getpixel((500, 800)) == (254, 0, 0)


def kept_or_refused(raw: bytes) -> bytes | Refused:
    try:
        return prepared(raw)
    except Refused as refused:
        return refused


def test_however_many_photos_come_at_once_few_are_read_at_the_same_time_and_few_wait() -> None:
    raw = sent(Image.new("RGB", (1_200, 900)), "PNG")
    with ThreadPoolExecutor(60) as people:
        answers = list(people.map(kept_or_refused, [raw] * 60))
    readers = [thread for thread in threading.enumerate() if thread.name.startswith("photo")]
    assert 0 < len(readers) <= AT_ONCE
    refused = [str(answer) for answer in answers if isinstance(answer, Refused)]
    assert len(refused) <= 60 - MOST_WAITING and all("Too many photos" in why for why in refused)
    assert isinstance(kept_or_refused(raw), bytes), "and then there is room again"
