"""Bytes to text, without guessing where a rule decides.

Order: byte order mark, UTF-16 by its NUL bytes, the encoding that the file declares, UTF-8, and only then
the legacy encodings. Among those Windows-1252 is taken whenever the text reads like a Western European one,
however short; `charset-normalizer`, which needs a few dozen letters to be right, decides the rest. Hungarian
in Windows-1250 reads like a Western text and comes out with "õ" for "ő"; nothing short of a dictionary would tell.
"""

from __future__ import annotations

import codecs
import re

from ragqa.documents.content import RefusedError, require

# UTF-32 first: its little-endian mark begins with that of UTF-16. The decoders drop the mark.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What browsers take these labels to mean: the superset that such pages are really written in.
_WEB_LABELS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
# In each script the code pages that are met in practice; the fewer there are, the fewer ways to guess wrong.
_CANDIDATES = [
    "cp1250",
    "iso8859_2",
    "cp1254",
    "cp1252",
    "mac_roman",
    "cp850",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "cp949",
]

_SAMPLE = 1 << 16
_CONTEXT = 200
# Terminal logs hold escapes and manual pages backspaces, so those two do not count as binary.
_CONTROLS = re.compile(r"[\x01-\x07\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_MOST_CONTROLS = 0.05
# Almost any bytes are UTF-16 of a sort, but then one character in eight is broken or for private use.
_GAPS = re.compile(r"[\ue000-\uf8ff\ufffd]")
_MOST_GAPS = 0.1
_MOST_BROKEN_UTF8 = 0.1
_MOST_ODD = 0.15  # Czech, the closest of the others, has 0.2

# In a text read as Windows-1252, typography that stands beside letters in Western text too ...
_TYPOGRAPHY = "\xa0\xad«»‘’“”„–—…•·°"
_HIGH = re.compile(rf"[^\x00-\x7f{_TYPOGRAPHY}]")
# ... and what does not occur there: long runs of accented letters (other scripts), Turkish and Czech letters
# where Icelandic has none, and signs between letters (DOS, Macintosh, Polish).
_ODD_RUN = re.compile(rf"[^\x00-\x7f{_TYPOGRAPHY}]{{4,}}")
_ODD_CHARACTER = re.compile(r"[ýÝšžŠŽƒˆ˜Ÿ\ufffd]|(?<=[a-zà-ÿ])[þ‚„“”†‡‰‹›•¡-¬®-¶¸-¿]+(?=[a-zà-ÿ])")


def decode(data: bytes, declared: str = "") -> str:
    """The text of a file, code point for code point; only a byte order mark is removed.

    Raises:
        RefusedError: the bytes are binary, not text.
        MissingExtraError: charset-normalizer is needed and not installed.
    """
    encoding = wide_encoding(data) or _declared_encoding(data, declared)
    text = data.decode(encoding, "replace") if encoding else _utf8(data)
    if text is None:
        text = _legacy(data, _codec(declared))
    sample = text[:_SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    gaps = len(_GAPS.findall(sample)) if encoding.startswith(("utf-16", "utf-32")) else 0
    if "\0" in text or controls > _MOST_CONTROLS * len(sample) or gaps > _MOST_GAPS * len(sample):
        raise RefusedError("binary, not text")
    return text


def wide_encoding(data: bytes) -> str:
    """The Unicode encoding that a byte order mark or the pattern of NUL bytes shows, "" if neither does."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if b"\0" not in data:
        return ""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    # ASCII is then a NUL in every other place and never in between; a tenth of that leaves room for other scripts.
    if max(even, odd) * 20 > len(data) and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return ""


def _codec(label: str) -> str:
    """Python's name for a declared encoding; "" for one that is unknown or does not contain ASCII.

    A declaration that was found by reading ASCII can't be true of UTF-16, nor of the codecs that are escapes.
    """
    probe = bytes(set(range(32, 127)) - set(b"\\")) + rb"\x41"
    try:
        name = codecs.lookup(label).name
        fits = probe.decode(name) == probe.decode("ascii")
    except (LookupError, ValueError):
        return ""
    return _WEB_LABELS.get(name, name) if fits else ""


def _declared_encoding(data: bytes, declared: str) -> str:
    """The declared encoding if the bytes bear it out.

    Windows-1252 never counts here: any bytes do, and pages that were converted to UTF-8 often still declare it.
    """
    codec = _codec(declared)
    if codec in ("", "cp1252"):
        return ""
    try:
        data.decode(codec)
    except ValueError:
        return ""
    return codec


def _utf8(data: bytes) -> str | None:
    """UTF-8 text, a few broken sequences replaced; None if more than a few are broken."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd") - data.count("\ufffd".encode())
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if broken <= _MOST_BROKEN_UTF8 * beyond_ascii else None


def _legacy(data: bytes, declared: str) -> str:
    if declared and declared != "utf-8":
        return data.decode(declared, "replace")
    sample = _telling_sample(data)
    if _reads_western(sample.decode("cp1252", "replace")):
        return data.decode("cp1252", "replace")
    charset_normalizer = require("charset_normalizer", "charset-normalizer")
    # The threshold is its tolerance of odd-looking text: at the default it gives no answer for some Polish.
    best = charset_normalizer.from_bytes(sample, cp_isolation=_CANDIDATES, threshold=0.4).best()
    return data.decode(best.encoding if best else "cp1252", "replace")


def _telling_sample(data: bytes) -> bytes:
    """The part from the first line with a byte beyond ASCII on; what comes before says nothing.

    It ends at a line feed, which is never the second byte of a character, or with the file.
    """
    match = re.search(rb"[\x80-\xff]", data)
    first = match.start() if match else 0
    start = max(data.rfind(b"\n", 0, first) + 1, first - _CONTEXT)
    end = data.find(b"\n", start + _SAMPLE)
    return data[start:] if end < 0 else data[start:end]


def _reads_western(text: str) -> bool:
    odd = sum(map(len, _ODD_RUN.findall(text))) + len(_ODD_CHARACTER.findall(text))
    return odd <= _MOST_ODD * len(_HIGH.findall(text))
