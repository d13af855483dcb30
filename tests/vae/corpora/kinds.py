"""Small generated files, one of each kind that a user may add: good, unusual and broken ones, and bombs."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

__all__ = ["WIDE_GAMUT", "chunk", "kinds", "large", "png", "saved", "scene", "wide_gamut_profile"]

WIDTH, HEIGHT = 24, 16
WIDE_GAMUT = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))  # x and y of red, green and blue of Display P3


def scene(mode: str = "RGB") -> Image.Image:
    """Quarters of red, green, blue and grey that fade to the right; no rotation or reflection leaves it unchanged."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:8, :12, 0] = pixels[:8, 12:, 1] = pixels[8:, :12, 2] = 230
    pixels[8:, 12:] = 120
    pixels[:, :, :] -= (pixels * np.linspace(0, 0.5, WIDTH)[None, :, None]).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def saved(image: Image.Image, kind: str, **settings) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    size: tuple[int, int],
    depth: int,
    colour: int,
    rows: bytes,
    before: bytes = b"",
    after: bytes = b"",
    interlaced: bool = False,
    packed: bool = False,
) -> bytes:
    """A PNG from the numbers of its header and rows that begin with a filter byte; `packed` rows are compressed."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    data = rows if packed else zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data) + after + chunk(b"IEND", b"")


def kinds() -> dict[str, bytes]:
    """Files by name; the name describes the content."""
    found = dict(_good())
    found |= dict(_odd())
    found |= dict(_broken())
    found |= dict(_bombs())
    found |= dict(_no_pictures())
    return found


def large() -> Iterator[tuple[str, bytes]]:
    """Pictures with the most pixels that are read, in the modes that take the most memory; and with one row more."""
    for name, depth, colour in (("grey16", 16, 0), ("rgb16", 16, 2), ("palette", 8, 3), ("rgba16", 16, 6)):
        before = chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", bytes(range(16))) if colour == 3 else b""
        yield f"large {name}.png", _tall_png(8000, 6250, depth, colour, before)
    yield "large rgb by one row.png", _tall_png(8000, 6251, 8, 2)
    yield "large interlaced.png", _tall_png(8000, 6250, 8, 0, interlaced=True)
    yield "large progressive.jpg", _scanned_jpeg(8000, 6250, 10)
    yield "large.webp", saved(Image.new("RGBA", (6000, 4000), (9, 8, 7, 6)), "WEBP", lossless=True, quality=0, method=0)
    yield "large by one row.webp", _webp_header(6000, 4001)


def wide_gamut_profile() -> bytes:
    """A colour profile like sRGB with the primaries of Display P3."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The D50-adapted columns of Display P3, from its profile.
    columns = {b"rXYZ": (0.51512, 0.2412, -0.00105), b"gXYZ": (0.29198, 0.69225, 0.04189)}
    columns[b"bXYZ"] = (0.1571, 0.06657, 0.78407)
    for tag in range(struct.unpack_from(">I", profile, 128)[0]):
        name, place, _ = struct.unpack_from(">4sII", profile, 132 + 12 * tag)
        if name in columns:
            struct.pack_into(">3i", profile, place + 8, *(round(value * 65536) for value in columns[name]))
    return bytes(profile)


def _good() -> Iterator[tuple[str, bytes]]:
    colour = scene()
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"orientation {orientation}.jpg", saved(colour, "JPEG", quality=95, subsampling=0, exif=exif)
        yield f"orientation {orientation}.png", saved(colour, "PNG", exif=exif)
    film = [colour, colour.transpose(Image.Transpose.ROTATE_180), scene("L").convert("RGB")]
    for kind in ("GIF", "WEBP", "PNG"):
        settings = {"lossless": True} if kind == "WEBP" else {}
        yield f"film.{kind.lower()}", saved(film[0], kind, save_all=True, append_images=film[1:], **settings)
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1)))
    clear, grey_clear = scene("RGB"), scene("L")
    clear.putalpha(alpha)
    grey_clear.putalpha(alpha)
    yield "rgba.png", saved(clear, "PNG")
    yield "la.png", saved(grey_clear, "PNG")
    yield "lossless alpha.webp", saved(clear, "WEBP", lossless=True, exact=True)
    yield "lossy alpha.webp", saved(clear, "WEBP", quality=95)
    yield "lossy.webp", saved(colour, "WEBP", quality=95)
    yield "one bit.png", saved(scene("1"), "PNG")
    yield "grey.png", saved(scene("L"), "PNG")
    yield "grey.jpg", saved(scene("L"), "JPEG", quality=95)
    yield "rgb.bmp", saved(colour, "BMP")
    yield "rgba.bmp", saved(clear, "BMP")
    yield "palette.png", saved(colour.quantize(16), "PNG")
    yield "palette.bmp", saved(colour.quantize(16), "BMP")
    yield "palette, clear entries.png", saved(colour.quantize(16), "PNG", transparency=bytes(range(0, 256, 16)))
    yield "palette, a clear entry.gif", saved(colour.quantize(16), "GIF", transparency=3)
    yield "grey, a clear level.png", saved(scene("L"), "PNG", transparency=scene("L").getpixel((3, 3)))
    yield "rgb, a clear colour.png", saved(colour, "PNG", transparency=colour.getpixel((3, 3)))
    yield "cmyk.jpg", saved(scene("CMYK"), "JPEG", quality=95)
    yield "progressive.jpg", saved(colour, "JPEG", quality=95, subsampling=0, progressive=True)
    yield "sampled.jpg", saved(colour, "JPEG", quality=95, subsampling=2)
    yield "wide gamut.png", saved(colour, "PNG", icc_profile=wide_gamut_profile())
    yield "wide gamut.jpg", saved(colour, "JPEG", quality=95, subsampling=0, icc_profile=wide_gamut_profile())
    yield "wide gamut alpha.png", saved(clear, "PNG", icc_profile=wide_gamut_profile())
    yield (
        "srgb.png",
        saved(colour, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
    )
    deep = _deep(3)
    yield "grey16.png", png((WIDTH, HEIGHT), 16, 0, _rows(_deep(1)))
    yield "rgb16.png", png((WIDTH, HEIGHT), 16, 2, _rows(deep))
    yield "rgba16.png", png((WIDTH, HEIGHT), 16, 6, _rows(_deep(4)))
    level = chunk(b"tRNS", _deep(1)[5, 5].tobytes())
    yield "grey16, a clear level.png", png((WIDTH, HEIGHT), 16, 0, _rows(_deep(1)), before=level)
    yield (
        "rgb16, a clear colour.png",
        png((WIDTH, HEIGHT), 16, 2, _rows(deep), before=chunk(b"tRNS", deep[5, 5].tobytes())),
    )
    yield "two bits.png", png((8, 4), 2, 0, b"\0\x1b\x1b" * 4)
    yield (
        "interlaced.png",
        png((8, 8), 8, 0, _interlaced(np.arange(64, dtype=np.uint8).reshape(8, 8) * 4), interlaced=True),
    )
    yield "many pieces.png", _in_pieces(saved(colour, "PNG"))


def _odd() -> Iterator[tuple[str, bytes]]:
    photo, colour = saved(scene(), "JPEG"), saved(scene(), "PNG")
    exif = Image.Exif()
    exif[0x0112] = 99
    yield "a pixel.png", saved(Image.new("RGB", (1, 1), "red"), "PNG")
    yield "a pixel.gif", saved(Image.new("L", (1, 1)), "GIF")
    yield "a column.png", saved(Image.new("L", (1, 20_000), 7), "PNG")
    yield "a row.jpg", saved(Image.new("L", (20_000, 1), 7), "JPEG")
    yield "white.png", saved(Image.new("L", (300, 200), 255), "PNG")
    yield "white photo.jpg", saved(Image.new("RGB", (1500, 1100), "white"), "JPEG")
    yield "black.png", saved(Image.new("RGB", (300, 200)), "PNG")
    yield "all clear.png", saved(Image.new("RGBA", (30, 20)), "PNG")
    yield "reduced.jpg", saved(scene().resize((2400, 1600)), "JPEG")
    yield "reduced clear.png", saved(Image.new("RGBA", (2100, 1500), (9, 8, 7, 100)), "PNG")
    yield "two in one.jpg", photo + saved(Image.new("RGB", (99, 99)), "JPEG")
    yield "text behind.png", colour + b"text" * 100
    yield "two pictures.mpo", saved(scene(), "MPO", save_all=True, append_images=[scene()])
    yield "wrong orientation.jpg", saved(scene(), "JPEG", exif=exif)
    yield "damaged exif.jpg", saved(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(9))
    yield "no exif.webp", saved(scene(), "WEBP", exif=b"Exif\0\0no notes at all")
    yield "damaged exif.png", _with(colour, chunk(b"eXIf", b"II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\xff" * 9))
    yield "damaged profile.png", saved(scene(), "PNG", icc_profile=wide_gamut_profile()[:300])
    yield "no profile.jpg", saved(scene(), "JPEG", icc_profile=b"no profile at all")
    yield "a profile of grey.jpg", saved(scene("L"), "JPEG", icc_profile=wide_gamut_profile())
    yield "wrong checksum of the pixels.png", colour[:-16] + b"\1\2\3\4" + colour[-12:]
    yield "unknown chunk.png", _with(colour, chunk(b"abCd", b"x"))
    yield "wrong sum of the pixels.png", png((8, 8), 8, 0, bytes(72)).replace(zlib.compress(bytes(72)), _wrong(72))


def _broken() -> Iterator[tuple[str, bytes]]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        whole = saved(noise, kind)
        for place in (10, 40, len(whole) // 2, len(whole) * 9 // 10):
            yield f"cut off at {place}.{kind.lower()}", whole[:place]
    colour, movie = saved(scene(), "PNG"), saved(scene().quantize(16), "GIF")
    yield "wrong checksum of the header.png", colour.replace(colour[29:33], b"\0\0\0\0", 1)
    yield "wrong compression.png", png((8, 8), 8, 0, b"not compressed" * 9, packed=True)
    yield "too few rows.png", png((8, 8), 8, 0, bytes(9))
    yield "no such mode.png", png((8, 8), 3, 5, bytes(72))
    yield "no palette.png", png((8, 8), 8, 3, bytes(72))
    yield "no pixels.png", colour[:33] + chunk(b"IEND", b"")
    yield "0 by 0.png", png((0, 0), 8, 0, b"")
    yield "0 by 9.gif", movie[:6] + struct.pack("<HH", 0, 9) + movie[10:]
    yield "0 by 0.jpg", _scanned_jpeg(0, 0, 1)
    yield "0 by 0.bmp", _bmp(0, 0, 24, 0, b"")
    yield "garbage.gif", movie[: movie.index(b",", 13 + 48) + 11] + b"\xff" + b"\xa5" * 255 + b"\0;"
    yield "wrong runs.bmp", _bmp(30, 20, 8, 1, b"\0\2\xff\xff\x09\x01\0\x7f\0\1")
    yield "unended runs.bmp", _bmp(30, 20, 8, 1, b"\xff\1" * 9)
    yield "four bits in runs.bmp", _bmp(30, 20, 4, 2, (b"\x1e\x12\0\0") * 20 + b"\0\1")
    yield "pixels beyond the end.bmp", _bmp(30, 20, 8, 0, bytes(640), offset=2_000_000_000)
    yield "a billion colours.bmp", _bmp(30, 20, 8, 0, bytes(640), colours=1_000_000_000)
    yield "upside down.bmp", _bmp(30, -20, 8, 0, bytes(640))
    yield "no height.bmp", _bmp(30, -(2**31), 8, 0, bytes(640))
    yield "no tables.jpg", b"\xff\xd8\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(50) + b"\xff\xd9"
    yield "markers alone.jpg", b"\xff\xd8" + b"\xff\xe0\0\2" * 50 + b"\xff\xd9"
    yield "a marker too long.jpg", b"\xff\xd8\xff\xe1\xff\xff" + bytes(20)
    yield "lossless header alone.webp", _webp_header(20, 20)
    yield "chunk too long.webp", b"RIFF\xff\xff\xff\x7fWEBPVP8 \xff\xff\xff\x7f" + bytes(40)
    yield "signature alone.png", b"\x89PNG\r\n\x1a\n"


def _bombs() -> Iterator[tuple[str, bytes]]:
    zeros = _packed_zeros(200)
    side = 30_000
    yield "30000 by 30000.png", png((side, side), 8, 0, b"")
    canvas, frame = struct.pack("<HH", side, side), b",\0\0\0\0" + struct.pack("<HH", side, side)
    yield "30000 by 30000.gif", b"GIF89a" + canvas + b"\x80\0\0" + bytes(6) + frame + b"\0\2\1\x4c\0;"
    yield "30000 by 30000.bmp", _bmp(side, side, 24, 0, bytes(99))
    yield "30000 by 30000.jpg", _scanned_jpeg(side, side, 1)
    yield "30000 by 30000.webp", _webp_canvas(side, side)
    yield "16383 by 16383.webp", _webp_header(16_383, 16_383)
    yield "2 billion wide.png", png((2**31 - 1, 2**31 - 1), 8, 0, b"")
    yield "pixels without end.png", png((8, 8), 8, 0, zeros, packed=True)
    yield "profile without end.png", _with(saved(scene(), "PNG"), chunk(b"iCCP", b"bomb\0\0" + zeros))
    yield "text without end.png", _with(saved(scene(), "PNG"), chunk(b"zTXt", b"bomb\0\0" + zeros))
    yield "text without end, behind.png", png((8, 8), 8, 0, bytes(72), after=chunk(b"zTXt", b"bomb\0\0" + zeros))
    yield "runs of 100 million.bmp", _bmp(10_000, 10_000, 8, 1, b"\xff\1" * 99)
    yield "runs of 25 million.bmp", _bmp(5000, 5000, 8, 1, b"\xff\1" * 99)
    yield "scans.jpg", _scanned_jpeg(8000, 6000, 3000)
    yield "comments.gif", b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0) + b"\x21\xfe\1x\0" * 20_000 + b";"
    yield "comments.jpg", b"\xff\xd8" + b"\xff\xfe\0\2" * 20_000 + saved(scene(), "JPEG")[2:]
    yield "chunks.png", _with(saved(scene(), "PNG"), chunk(b"abCd", b"") * 20_000)
    yield "pixels in empty pieces.png", png((8, 8), 8, 0, b"", packed=True, after=chunk(b"IDAT", b"") * 600_000)


def _no_pictures() -> Iterator[tuple[str, bytes]]:
    heads = {
        "photo.heic": b"\0\0\0\x18ftypheic",
        "photo.avif": b"\0\0\0\x18ftypavif",
        "scan.tif": b"II*\0\x08\0\0\0",
        "big endian.tif": b"MM\0*\0\0\0\x08",
        "photo.jxl": b"\xff\x0a",
        "photo.jp2": b"\0\0\0\x0cjP  \r\n\x87\n",
        "layers.psd": b"8BPS\0\1",
        "icon.ico": b"\0\0\1\0\1\0",
        "archive.zip": b"PK\3\4",
        "paper.pdf": b"%PDF-1.7\n",
        "program.exe": b"MZ\x90\0",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "page.html": b"<!doctype html><title>x</title>",
        "text.txt": b"A text.\n" * 9,
        "zeros": bytes(5000),
        "sound.wav": b"RIFF\x40\0\0\0WAVEfmt ",
    }
    yield "empty", b""
    yield "a byte", b"\x89"
    for name, head in heads.items():
        yield name, head + bytes(range(100))


def _deep(channels: int) -> np.ndarray:
    """Big-endian 16-bit levels `(h, w, channels)`, all different."""
    levels = np.arange(HEIGHT * WIDTH * channels, dtype=np.uint32).reshape(HEIGHT, WIDTH, channels)
    return (levels * 40_503 % 65_536).astype(">u2")


def _rows(levels: np.ndarray) -> bytes:
    return b"".join(b"\0" + row.tobytes() for row in levels)


def _interlaced(levels: np.ndarray) -> bytes:
    """The seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    return b"".join(_rows(levels[top::down, left::across]) for top, left, down, across in passes)


def _in_pieces(whole: bytes) -> bytes:
    """A PNG whose pixels are in chunks of one byte."""
    start = whole.index(b"IDAT") - 4
    length = struct.unpack_from(">I", whole, start)[0]
    data = whole[start + 8 : start + 8 + length]
    return (
        whole[:start] + b"".join(chunk(b"IDAT", data[k : k + 1]) for k in range(length)) + whole[start + 12 + length :]
    )


def _with(whole: bytes, extra: bytes) -> bytes:
    """A PNG with additional chunks after its header."""
    return whole[:33] + extra + whole[33:]


def _wrong(length: int) -> bytes:
    return zlib.compress(bytes(length))[:-4] + b"\1\2\3\4"


def _packed_zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


def _tall_png(width: int, height: int, depth: int, colour: int, before: bytes = b"", interlaced: bool = False) -> bytes:
    bits = depth * {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    row = b"\0" + bytes(k % 16 for k in range(width * bits // 8))
    packer = zlib.compressobj(1)
    data = b"" if interlaced else b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png((width, height), depth, colour, data, before, interlaced=interlaced, packed=True)


def _scanned_jpeg(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG with almost empty scans."""
    head = b"\xff\xd8\xff\xdb\0\x43\0" + b"\1" * 64 + b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3)
    head += b"\1\x11\0\2\x11\0\3\x11\0"
    for table, symbol in ((b"\0", b"\0"), (b"\x10", b"\xe0")):
        head += b"\xff\xc4\0\x14" + table + b"\1" + bytes(15) + symbol
    first = b"\xff\xda\0\x0c\3\1\0\2\0\3\0\0\0\0" + bytes(100)
    return head + first + (b"\xff\xda\0\x08\1\1\0\1\x3f\0" + bytes(60)) * (scans - 1) + b"\xff\xd9"


def _webp_header(width: int, height: int) -> bytes:
    body = b"\x2f" + struct.pack("<I", (width - 1) | ((height - 1) << 14)) + bytes(21)
    return b"RIFF" + struct.pack("<I", len(body) + 12) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body


def _webp_canvas(width: int, height: int) -> bytes:
    canvas = bytes(4) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    rest = _webp_header(20, 20)[12:]
    return b"RIFF" + struct.pack("<I", len(rest) + 22) + b"WEBPVP8X" + struct.pack("<I", 10) + canvas + rest


def _bmp(
    width: int, height: int, bits: int, compression: int, data: bytes, offset: int | None = None, colours: int = 0
) -> bytes:
    palette = b"".join(bytes([k, k // 2, 255 - k, 0]) for k in range(256 if bits == 8 else 16 if bits == 4 else 0))
    start = 54 + len(palette)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, offset or start) + head + palette + data
