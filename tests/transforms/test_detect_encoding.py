import pytest

from codemill.transforms.detect_encoding import (
    CANDIDATES,
    SAMPLE_BYTES,
    detect,
    is_damaged_utf8,
    is_plausible,
    known_encoding,
)

RUSSIAN = "# Возвращает список файлов из каталога и проверяет их размер\n"
JAPANESE = "# ファイルの一覧を返します。設定を読み込む\n"
CHINESE = "# 返回文件列表，并检查每个文件的大小是否正确\n"
TRADITIONAL = "# 傳回檔案清單，並檢查每個檔案的大小是否正確\n"
KOREAN = "# 파일 목록을 반환하고 각 파일의 크기를 확인합니다\n"
POLISH = "# Zwraca listę plików i sprawdza, czy każdy ma właściwą długość\n"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("# Author: André Müller\n", "cp1252"),
        ("x = 'déjà vu, ça va très bien'\n", "cp1252"),
        ("// Größe der Schaltfläche\n", "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859_5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5hkscs"),
        (KOREAN, "cp949"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        ("# Επιστρέφει τη λίστα των αρχείων και ελέγχει το μέγεθος\n", "cp1253"),
        ("# מחזיר את רשימת הקבצים ובודק את הגודל של כל קובץ\n", "cp1255"),
    ],
)
def test_a_comment_tells_what_it_was_written_in(text, codec):
    content = b"import os\n\n" + text.encode(codec) + b"print(1)\n"
    found = detect(content)
    assert found is not None
    assert content.decode(found) == content.decode(codec)


def test_random_bytes_are_in_no_encoding():
    noise = bytes((i * i * 7 + i * 91) % 127 + 129 for i in range(400))
    assert detect(noise) is None


def test_the_codec_decodes_what_lies_beyond_the_sample():
    first = ("é" * 10 + "\n").encode("cp1252") * (SAMPLE_BYTES // 10)
    assert detect(first + b"\x81\x8d\n") != "cp1252"


def test_utf8_that_was_cut_is_not_taken_for_another_encoding():
    assert is_damaged_utf8("größe länge".encode()[:-5] + b"\xc3") is True
    assert is_damaged_utf8("größe länge".encode("cp1252")) is False


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("ISO-8859-1", "cp1252"),
        ("latin-1-unix", "cp1252"),
        ("Shift_JIS", "cp932"),
        ("gb2312", "gb18030"),
        ("KOI8-R", "koi8_r"),
        ("windows-1251", "cp1251"),
        ("utf-8", None),
        ("rot13", None),
        ("os", None),
    ],
)
def test_names_that_files_declare(declared, codec):
    assert known_encoding(declared) == codec


def test_a_declaration_that_makes_nonsense_is_not_believed():
    assert is_plausible(RUSSIAN.encode("koi8_r"), "koi8_r") is True
    assert is_plausible(RUSSIAN.encode("koi8_r"), "mac_roman") is False


def test_priors_rank_the_candidates():
    assert min(CANDIDATES, key=lambda c: c.prior).codec == "cp1252"
    assert len({c.codec for c in CANDIDATES}) == len(CANDIDATES)
