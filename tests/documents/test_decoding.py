from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragqa.documents.content import RefusedError
from ragqa.documents.decoding import decode

LEGACY = {
    "French": ("cp1252", "Le café crème à 5 £ est servi à côté de l’hôtel, où les élèves français préfèrent dîner"),
    "German": ("cp1252", "Die Größe der Straße überraschte die Bürger, während die Mädchen schöne Äpfel aßen. Fünf"),
    "Spanish": ("cp1252", "El niño comió piña en España mientras la señora preguntó: ¿cuántos años tiene el"),
    "Portuguese": ("cp1252", "A situação não é boa: as eleições municipais serão realizadas em São Paulo. Você já"),
    "Italian": ("cp1252", "Perché la città è così bella? La qualità della vita è più alta, però c'è poca libertà."),
    "Swedish": ("cp1252", "Åtta små grodor hoppade över ån på våren. Både äldre och yngre människor får äta på den"),
    "Danish": ("cp1252", "Rødgrød med fløde er en kær dansk ret. Børnene går i skole på øen, hvor de også lærer at"),
    "Finnish": ("cp1252", "Hyvää päivää, tämä on täällä hyvin tärkeä asia. Äiti käy töissä pääkaupungissa ja isä"),
    "Icelandic": ("cp1252", "Þetta er íslenskur texti með öllum stöfum: það er ágætt að búa á Íslandi þótt veðrið"),
    "Polish": ("cp1250", "Książka leży na stole, a dziewczyna idzie do szkoły, żeby się uczyć. Większość ludzi"),
    "Polish on Unix": ("iso8859-2", "Zażółć gęślą jaźń. Książka leży na stole, a dziewczyna idzie do szkoły, żeby"),
    "Czech": ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy. Česká republika je země ve střední Evropě a její"),
    "Turkish": ("cp1254", "Türkiye'nin başkenti Ankara'dır. Çocuklar bahçede oynuyor ve öğretmen onlara güzel"),
    "Russian": ("cp1251", "Москва является столицей России. Население города составляет более двенадцати миллионов"),
    "Russian on Unix": ("koi8-r", "Москва является столицей России. Население города составляет более двенадцати"),
    "Ukrainian": ("cp1251", "Київ є столицею України. Населення міста становить майже три мільйони осіб, і воно є"),
    "Greek": ("cp1253", "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας. Ο πληθυσμός της πόλης είναι περίπου τρία"),
    "Hebrew": ("cp1255", "ירושלים היא בירת ישראל. האוכלוסייה של העיר גדולה מאוד והיא העיר הגדולה ביותר במדינה. מחר"),
    "Arabic": ("cp1256", "القاهرة هي عاصمة مصر. يبلغ عدد سكان المدينة أكثر من عشرة ملايين نسمة وهي أكبر مدينة في"),
    "Thai": ("tis-620", "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย มีประชากรมากกว่าสิบล้านคน"),
    "Japanese": ("cp932", "東京は日本の首都です。人口は千三百万人以上で、日本最大の都市です。明日はいい天気になるで"),
    "Japanese on Unix": ("euc_jp", "東京は日本の首都です。人口は千三百万人以上で、日本最大の都市です。明日はいい天"),
    "Chinese": ("gb18030", "北京是中华人民共和国的首都，人口超过两千万，是全国第二大城市。明天天气会很好，他说。这"),
    "Chinese in Taiwan": ("big5", "臺北是中華民國的首都，人口超過兩百萬，是全國重要的城市。明天天氣會很好，他說。這"),
    "Korean": ("cp949", "서울은 대한민국의 수도이며 인구는 약 천만 명입니다. 내일은 날씨가 좋을 것이라고 그는"),
    "French on a Macintosh": ("mac_roman", "Le café crème à 5 £ est servi à côté de l’hôtel, où les élèves français"),
    "German in DOS": ("cp850", "Die Größe der Straße überraschte die Bürger, während die Mädchen schöne Äpfel aßen."),
    "English typography": ("cp1252", "The company’s “new” policy – announced in May – didn’t change much… It’s what"),
}

SHORT_WESTERN = [
    "café crème à 5 £",
    "é",
    "Größe",
    "¿Qué?",
    "São Paulo",
    "Þórr",
    "25 °C",
    "“quoted” – it’s €5…",
    "l’été\xa0» –\xa0Noël",
    "10 m³, 1½ µm",
]

# What could stand in a file: no control characters, nothing private, no mark that means something at the start.
TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cc", "Co"), exclude_characters="\ufeff\ufffe\ufffd"),
        st.sampled_from("\r\n\t e\u0301\u200d👩🏽"),
    ),
    min_size=1,
)
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@given(TEXT | st.just("\ue000\ufffd"))
def test_utf8_is_kept_code_point_for_code_point(text: str) -> None:
    assert decode(text.encode()) == text


@pytest.mark.parametrize("encoding", MARKS)
@given(text=TEXT)
def test_a_byte_order_mark_decides_and_is_removed(encoding: str, text: str) -> None:
    assert decode(MARKS[encoding] + text.encode(encoding)) == text


def test_only_one_byte_order_mark_is_removed() -> None:
    assert decode(codecs.BOM_UTF8 * 2 + b"x") == "\ufeffx"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["hi", "plain words, no mark\r\n", "пять слов на этой строке", "a👩🏽 b c d"])
def test_utf16_without_mark_is_recognised_by_its_nul_bytes(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_utf16_cut_in_the_middle_of_a_character_keeps_the_rest() -> None:
    assert decode("the end of this is cut".encode("utf-16")[:-1]) == "the end of this is cu\ufffd"


@pytest.mark.parametrize("text", SHORT_WESTERN)
@pytest.mark.parametrize("around", ["{}", "word {} word", "{}\r\n" * 30])
def test_western_text_is_right_however_short(text: str, around: str) -> None:
    text = around.format(*[text] * around.count("{}"))
    assert decode(text.encode("cp1252")) == text


@given(st.text("abcdefg hijkl.\n", max_size=50), st.sampled_from("äéñçøß"), st.text("mnop qrst,\n", max_size=50))
def test_one_accent_among_ascii_letters_is_western(before: str, accent: str, after: str) -> None:
    text = before + accent + after
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize("language", LEGACY)
def test_legacy_encodings_are_recognised(language: str) -> None:
    encoding, text = LEGACY[language]
    assert decode(text.encode(encoding)) == text


def test_a_few_odd_letters_do_not_make_a_western_text_another_one() -> None:
    text = LEGACY["French"][1] + " D'après Žižek, là-bas."
    assert decode(text.encode("cp1252")) == text


def test_what_tells_the_encoding_may_come_late() -> None:
    encoding, text = LEGACY["Russian"]
    text = "plain ASCII line\n" * 20_000 + text
    assert decode(text.encode(encoding)) == text


def test_one_broken_sequence_does_not_garble_the_rest_of_a_utf8_text() -> None:
    good = "naïve café " * 10
    data = good.encode() + b"\xe9 " + good.encode()
    assert decode(data) == good + "\ufffd " + good


def test_replacement_characters_of_a_file_are_no_broken_sequences() -> None:
    text = "\ufffd" * 50 + "é"
    assert decode(text.encode()) == text
    assert decode(text.encode() + b"\xe9") == text + "\ufffd"


def test_latin1_with_one_sequence_that_happens_to_be_utf8_stays_latin1() -> None:
    text = "Ã© isn't a word, mais l'été et la forêt brûlée"
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10",
        b"PK\x03\x04\x14\0\0\0\x08\0abc",
        b"text with one \0 in it",
        b"\0",
        b"\0\0\0\0",
        bytes(range(1, 32)) * 20,
        bytes(range(256)),
        bytes(range(1, 256)) * 4,
        codecs.BOM_UTF8 + b"a\0b",
        "abc\0def".encode("utf-16"),
        "half of it one way ".encode("utf-16-le") + "and half the other".encode("utf-16-be"),
        b"".join(number.to_bytes(2, "little") for number in range(1, 28)),
    ],
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError, match="binary, not text"):
        decode(data)


@pytest.mark.parametrize("prefix", [b"", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE])
@pytest.mark.parametrize("with_nul", [True, False])
def test_random_bytes_are_refused(prefix: bytes, with_nul: bool) -> None:
    for seed in range(20):
        data = prefix + random.Random(seed).randbytes(4000)
        with pytest.raises(RefusedError, match="binary, not text"):
            decode(data if with_nul else data.replace(b"\0", b""))


@given(st.binary(max_size=300), st.sampled_from(["", "latin-1", "utf-7", "big5", "hex", "no such"]))
def test_any_bytes_give_text_that_can_be_stored_or_a_refusal(data: bytes, declared: str) -> None:
    try:
        text = decode(data, declared)
    except RefusedError:
        return
    text.encode("utf-8")
    assert "\0" not in text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("terminal log", "\x1b[31mred\x1b[0m \x1b[1mbold\x1b[0m\n" * 5),
        ("manual page", "N\bNA\bAM\bME\bE\n"),
        ("pages", "one\ftwo\x0bthree"),
        ("end of file as DOS marks it", "twenty letters or more of text\r\n\x1a"),
    ],
)
def test_the_control_characters_that_texts_have_are_kept(kind: str, text: str) -> None:
    assert decode(text.encode()) == text, kind


def test_a_declared_encoding_is_believed_if_the_bytes_bear_it_out() -> None:
    assert decode("Да".encode("koi8-r"), "koi8-r") == "Да"
    assert decode("联通".encode("gbk"), "gb2312") == "联通", "these bytes are valid UTF-8 too"
    assert decode("①".encode("cp932"), "Shift_JIS") == "①", "an extension that the bare standard lacks"
    assert decode("“é”".encode("cp1252"), "ISO-8859-1") == "“é”", "on the web Latin-1 means Windows-1252"


@pytest.mark.parametrize(
    "declared", ["iso-8859-1", "us-ascii", "utf-16", "utf-7", "unicode_escape", "rot13", "none", ""]
)
def test_a_declaration_that_can_not_be_true_is_passed_over(declared: str) -> None:
    assert decode("naïve + \\u0041 日本".encode(), declared) == "naïve + \\u0041 日本"


def test_a_declaration_does_not_beat_a_byte_order_mark() -> None:
    assert decode(codecs.BOM_UTF8 + "é".encode(), "big5") == "é"


def test_latin1_that_is_declared_utf8_is_not_garbled() -> None:
    assert decode("été à la forêt".encode("latin-1"), "utf-8") == "été à la forêt"
