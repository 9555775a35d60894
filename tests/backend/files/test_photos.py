"""Photos: upright, in bounds, and without a word of where and with what they were taken."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin
from PIL.ExifTags import GPS, Base

from backend import files
from backend.access import Actor, ActorKind
from backend.files import photos
from backend.files.errors import Damaged, TooBig, TooManyPixels, WrongKind
from backend.files.purposes import PURPOSES, Purpose
from backend.foundation.ids import random_id
from backend.runtime import Runtime

OWNER = Actor(ActorKind.OWNER, random_id(), "张三")
RULES = PURPOSES["question_photo"]
SECRET = b"HUZHOU-ROAD-88"


def _exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    exif[Base.Make] = SECRET.decode()
    exif.get_ifd(0x8825)[GPS.GPSLatitude] = (30.0, 53.0, 36.0)
    return exif


def _photo(form: str, size: tuple[int, int] = (40, 20), **how: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue, with what a phone adds."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    target = io.BytesIO()
    if form == "PNG":
        note = PngImagePlugin.PngInfo()
        note.add_text("Location", SECRET.decode())
        how["pnginfo"] = note
    picture.save(target, form, **{"exif": _exif(), "quality": 95, **how})
    return target.getvalue()


def _cleaned(tmp_path: Path, data: bytes, rules: Purpose = RULES) -> bytes:
    draft = tmp_path / "draft"
    draft.write_bytes(data)
    kind, size, _ = photos.clean(draft, rules)
    made = draft.read_bytes()
    assert size == len(made)
    with Image.open(io.BytesIO(made)) as image:
        assert Image.MIME[image.format or ""] == kind.media_type
    return made


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_camera_noted_is_kept(tmp_path: Path, form: str) -> None:
    taken = _photo(form)
    assert SECRET in taken
    made = _cleaned(tmp_path, taken)
    assert SECRET not in made
    with Image.open(io.BytesIO(made)) as image:
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment", "Location"} & set(image.info)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_said(tmp_path: Path, orientation: int) -> None:
    made = _cleaned(tmp_path, _photo("JPEG", exif=_exif(orientation)))
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == ((40, 20) if orientation < 5 else (20, 40))
        red = {1: (2, 10), 2: (37, 10), 3: (37, 10), 4: (2, 10), 5: (10, 2), 6: (10, 2), 7: (10, 37), 8: (10, 37)}
        pixel = image.convert("RGB").getpixel(red[orientation])
    assert isinstance(pixel, tuple)
    assert pixel[0] > 150 > pixel[2]


def test_a_comment_and_a_second_file_behind_it_are_gone(tmp_path: Path) -> None:
    made = _cleaned(tmp_path, _photo("JPEG", comment=SECRET) + b"PK\x03\x04" + SECRET)
    assert SECRET not in made


def test_a_wide_gamut_profile_is_applied_and_dropped(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = _cleaned(tmp_path, _photo("JPEG", icc_profile=profile))
    with Image.open(io.BytesIO(made)) as image:
        assert "icc_profile" not in image.info


def test_a_large_photo_is_made_smaller_and_a_small_one_is_not(tmp_path: Path) -> None:
    with Image.open(io.BytesIO(_cleaned(tmp_path, _photo("JPEG", (5000, 2500))))) as image:
        assert image.size == (4096, 2048)
    with Image.open(io.BytesIO(_cleaned(tmp_path, _photo("WEBP", (300, 200))))) as image:
        assert image.size == (300, 200)


def test_what_is_see_through_stays_so(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 0)).save(target, "PNG")
    with Image.open(io.BytesIO(_cleaned(tmp_path, target.getvalue()))) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((1, 1)) == (1, 2, 3, 0)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("1", (6_000, 5_000)).save(target, "PNG")
    assert len(target.getvalue()) < 100_000
    with pytest.raises(TooManyPixels):
        _cleaned(tmp_path, target.getvalue())


def test_what_grows_over_the_limit_is_refused(tmp_path: Path) -> None:
    noise = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(noise, "PNG")
    with pytest.raises(TooBig):
        _cleaned(tmp_path, noise.getvalue(), Purpose(("png",), 1000))


def test_an_animation_is_its_first_picture(tmp_path: Path) -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    with Image.open(io.BytesIO(_cleaned(tmp_path, target.getvalue()))) as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize("body", [b"GIF89a" + bytes(40), b"%PDF-1.7\n%%EOF\n", b"<svg onload='x'></svg>"])
def test_what_is_no_photo_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises((WrongKind, Damaged)):
        _cleaned(tmp_path, body)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of the decoders, about what is broken
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.integers(0, 2000), st.binary(min_size=1, max_size=12))
def test_whatever_is_changed_it_is_cleaned_or_refused(
    tmp_path_factory: pytest.TempPathFactory, form: str, at: int, noise: bytes
) -> None:
    taken = _photo(form)
    broken = taken[: at % len(taken)] + noise + taken[at % len(taken) + len(noise) :]
    try:
        made = _cleaned(tmp_path_factory.getbasetemp(), broken)
    except (Damaged, WrongKind, TooManyPixels, TooBig):
        return
    assert SECRET not in made


@pytest.mark.usefixtures("running")
async def test_a_question_s_photo_is_stored_clean_and_a_licence_as_it_is(running: Runtime) -> None:
    taken = _photo("JPEG")
    photo = await files.store(OWNER, "question_photo", "现场.jpg", taken)
    assert SECRET not in b"".join([piece async for piece in files.read(photo)])
    licence = await files.store(OWNER, "licence_photo", "执照.jpg", taken)
    assert SECRET in b"".join([piece async for piece in files.read(licence)])
    with pytest.raises(WrongKind):
        await files.store(OWNER, "question_photo", "a.pdf", b"%PDF-1.7\n%%EOF\n")
