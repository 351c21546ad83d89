"""Bytes to text: the declared charset, UTF-8, then a guess (chardet, imported only when needed).

Labels are mapped to codecs by a fixed list, as browsers do (WHATWG Encoding): a mail cannot name a codec
that is no charset (rot13, zip, idna, unicode_escape …), and an unknown label is as good as none.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Label (letters and digits only, lower case) to Python's codec; browsers read Latin-1 and ASCII as cp1252.
_CODECS: dict[str, str] = {
    **dict.fromkeys(("utf8", "utf8mb4", "unicode11utf8", "cp65001", "utf8mac", "utf"), "utf-8"),
    **dict.fromkeys(("latin1", "iso88591", "88591", "iso8859", "l1", "cp819", "windows1252", "win1252", "cp1252"), "cp1252"),
    **dict.fromkeys(("usascii", "ascii", "ansix341968", "iso646us", "us", "ansi", "ibm367", "646", "cp367"), ""),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "euccn", "gb231280", "ms936", "chinese"), "gb18030"),
    **dict.fromkeys(("hz", "hzgb2312", "hzgb"), "hz"),
    **dict.fromkeys(("big5", "cnbig5", "xxbig5", "cp950", "big5tw", "csbig5", "xbig5", "big5hkscs", "big5eten"), "big5hkscs"),
    **dict.fromkeys(
        ("euckr", "ksc56011987", "ksc5601", "ksc56011989", "korean", "cp949", "windows949", "uhc", "cseuckr", "ks"), "cp949"
    ),
    "iso2022kr": "iso2022_kr",
    **dict.fromkeys(("iso2022jp", "iso2022jp1", "iso2022jp2", "iso2022jp3", "csiso2022jp", "jis"), "iso2022_jp_2"),
    "iso2022jpms": "iso2022_jp_ext",
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "mskanji", "windows31j", "cp932", "csshiftjis", "ms932"), "cp932"),
    **dict.fromkeys(("eucjp", "xeucjp", "cseucpkdfmtjapanese", "ujis"), "euc_jis_2004"),
    **dict.fromkeys(("iso88599", "latin5", "windows1254", "cp1254", "l5"), "cp1254"),
    **dict.fromkeys(("tis620", "iso885911", "windows874", "cp874", "thai"), "cp874"),
    **dict.fromkeys(("koi8r", "koi8", "koi", "cskoi8r"), "koi8_r"),
    **dict.fromkeys(("koi8u", "koi8ru"), "koi8_u"),
    **dict.fromkeys(("iso88598i", "iso88598e", "iso88598", "hebrew"), "iso8859_8"),
    **dict.fromkeys(("macintosh", "mac", "macroman", "xmacroman"), "mac_roman"),
    **dict.fromkeys(("maccyrillic", "xmaccyrillic", "xmacukrainian"), "mac_cyrillic"),
    **dict.fromkeys(("utf7", "unicode11utf7"), "utf-7"),
    **dict.fromkeys(("utf16", "utf16le", "unicode", "ucs2", "iso10646ucs2"), "utf-16-le"),
    "utf16be": "utf-16-be",
    **dict.fromkeys(("utf32", "utf32le", "ucs4"), "utf-32-le"),
    "utf32be": "utf-32-be",
    "macce": "mac_latin2",
    "tcvn": "cp1258",
    "viscii": "cp1258",
    "johab": "johab",
    "ptcp154": "ptcp154",
    "latin2": "iso8859_2",
    "latin9": "iso8859_15",
    "cyrillic": "iso8859_5",
    "arabic": "iso8859_6",
    "greek": "iso8859_7",
    **{f"iso8859{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 10, 13, 14, 15, 16)},
    **{f"{prefix}{n}": f"cp{n}" for n in (1250, 1251, 1253, 1255, 1256, 1257, 1258) for prefix in ("windows", "win", "cp")},
    **{f"{prefix}{n}": f"cp{n}" for prefix in ("cp", "ibm")
       for n in (437, 720, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 1125)},
}  # fmt: skip
_SEPARATORS = re.compile(r"[^a-z0-9]")
_GUESSED_FROM = 32_768
_LEAST_LIKELY = 0.03
# Of short texts chardet is never sure, but mostly right, once rare Western charsets are ruled out.
_GUESSED = frozenset((
    "cp1251", "koi8_r", "koi8_u", "cp932", "euc_jis_2004", "gb18030", "big5hkscs", "cp949", "iso8859_2", "cp1250", "cp1253",
    "iso8859_7", "cp1255", "iso8859_8", "cp1256", "cp874", "cp1254",
))  # fmt: skip
_ESCAPES = re.compile(rb"\x1b\$[@B]|\x1b\(J")


def codec_of(label: str) -> str:
    """Python's name of the codec for a charset label of a mail; '' for ASCII and for what is unknown."""
    return _codec(label[:100])


@lru_cache(maxsize=1024)
def _codec(label: str) -> str:
    plain = label.strip().lower()[:64]
    name = _SEPARATORS.sub("", plain)
    return _CODECS.get(name) or _CODECS.get(name.removeprefix("x").removeprefix("cs"), "")


def decode(data: bytes, label: str = "") -> str:
    """`data` as text: by its declared charset, else as UTF-8, else by a guess. Never raises; bad bytes become U+FFFD."""
    codec = codec_of(label) if label else ""
    if not codec and data.isascii():
        return _without_escapes(data)
    try:
        return _tidy(data.decode(codec or "utf-8"))
    except (UnicodeDecodeError, ValueError):
        pass
    if codec and codec != "utf-8":
        shown = data.decode(codec, "replace")
        # Single bad bytes are damage; many mean that the label is wrong.
        if shown.count("\ufffd") * 20 <= len(shown):
            return _tidy(shown)
    shown = data.decode("utf-8", "replace")
    bad = shown.count("\ufffd")
    # Other charsets hardly ever make whole UTF-8 sequences: where most are whole, single bytes are damaged.
    if bad * 3 <= sum(char > "\x7f" for char in shown):
        return _tidy(shown)
    return _tidy(data.decode(codec if codec not in ("", "utf-8") else _guess(data), "replace"))


def _without_escapes(data: bytes) -> str:
    """ASCII, or unlabelled ISO-2022-JP, which looks like it (RFC 1468)."""
    if b"\x1b" in data and _ESCAPES.search(data):
        return data.decode("iso2022_jp_2", "replace")
    return data.decode("ascii")


def _tidy(text: str) -> str:
    return text[1:] if text.startswith("\ufeff") else text


def _guess(data: bytes) -> str:
    """The codec that chardet finds likely, if mail is written in it; else cp1252."""
    import chardet

    sample = data[:_GUESSED_FROM]
    if len(data) > _GUESSED_FROM and sample.isascii():
        telling = next(at for at, byte in enumerate(data) if byte > 0x7F)
        sample = data[telling - 256 :][:_GUESSED_FROM]
    found = chardet.detect(sample)
    name = codec_of(found.get("encoding") or "")
    return name if name in _GUESSED and (found.get("confidence") or 0) >= _LEAST_LIKELY else "cp1252"
