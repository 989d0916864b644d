import sys

import pyarrow as pa
import pytest

from codemill.transforms.decode import column_buffers, decode, num_lines


def decoded(*rows, paths=None):
    content = pa.array(rows, pa.large_binary())
    return decode(content, pa.array(paths or ["a.py"] * len(rows)))


def only(column):
    assert len(column) == 1
    return column[0].as_py()


def test_utf8_is_kept_as_it_is():
    result = decoded(b"a\nb\n", "né\n".encode(), b"")
    assert result.text.to_pylist() == ["a\nb\n", "né\n", ""]
    assert result.encoding.to_pylist() == ["utf-8"] * 3
    assert result.num_lines.to_pylist() == [2, 1, 0]
    assert result.reason.to_pylist() == [None] * 3


def test_types_are_those_of_the_schema():
    result = decoded(b"a")
    assert result.text.type == pa.large_string()
    assert result.encoding.type == pa.string()
    assert result.num_lines.type == pa.int64()
    assert result.reason.type == pa.string()


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01\x00\x00",
        b"%PDF-1.4\n%abc\n",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"text with a nul\x00 in it",
        bytes(range(1, 9)) * 4 + b"abc",
        b"\x1f\x8b\x08 gzip",
        b"\xff\xfea",
    ],
)
def test_binary_has_no_text(content):
    result = decoded(content)
    assert only(result.reason) == "binary"
    assert only(result.text) is None
    assert only(result.encoding) is None
    assert only(result.num_lines) is None


@pytest.mark.parametrize(
    "content",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
        b"/annex/objects/SHA256E-s12--4d7a.dat\n",
        b"../.git/annex/objects/Xk/3f/SHA256E-s12--4d7a/SHA256E-s12--4d7a",
    ],
)
def test_pointers_are_not_content(content):
    result = decoded(content)
    assert only(result.reason) == "lfs_pointer"
    assert only(result.text) is None


def test_a_text_about_pointers_is_content():
    text = b"A pointer begins with\nversion https://git-lfs.github.com/spec/v1\n"
    assert only(decoded(text).reason) is None


def test_line_ends_become_newlines():
    result = decoded(b"a\r\nb\rc\n", b"plain\n")
    assert result.text.to_pylist() == ["a\nb\nc\n", "plain\n"]
    assert result.num_lines.to_pylist() == [3, 1]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_heeded_and_taken_off(codec):
    result = decoded("é = 1\r\n".encode(codec), b"a")
    assert result.text.to_pylist() == ["é = 1\n", "a"]
    assert result.encoding.to_pylist() == [codec, "utf-8"]


def test_big_endian_utf16_is_text():
    assert only(decoded(b"\xfe\xff" + "ab\n".encode("utf-16-be")).text) == "ab\n"


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ("# -*- coding: koi8-r -*-\n", "koi8_r"),
        ("# vim: set fileencoding=cp866 :\n", "cp866"),
        ('<?xml version="1.0" encoding="iso-8859-5"?>\n', "iso8859_5"),
        ('<meta http-equiv="x" content="text/html; charset=windows-1251">\n', "cp1251"),
        ('@charset "macintosh";\n', "mac_roman"),
    ],
)
def test_a_declared_encoding_is_used(head, codec):
    word = "naïve café" if codec == "mac_roman" else "Дом"
    result = decoded((head + word).encode(codec))
    assert only(result.text) == head + word
    assert only(result.encoding) == codec


def test_a_declaration_at_the_end_is_used():
    text = "Дом\n" + "x\n" * 1000 + "# vim: fileencoding=koi8-r\n"
    assert only(decoded(text.encode("koi8_r")).encoding) == "koi8_r"


def test_a_false_declaration_is_not_used():
    text = "# coding: latin-1\n# Возвращает список файлов из каталога\n"
    assert only(decoded(text.encode("cp1251")).text) == text


def test_a_path_may_name_the_encoding():
    result = decoded("Дом".encode("koi8_r"), paths=["messages/ru.KOI8-R.msg"])
    assert only(result.encoding) == "koi8_r"


def test_an_undeclared_encoding_is_detected():
    result = decoded("# Author: Jürgen Größe\n".encode("cp1252"))
    assert only(result.text) == "# Author: Jürgen Größe\n"
    assert only(result.encoding) == "cp1252"


def test_iso_2022_jp_is_decoded_though_it_is_ascii():
    result = decoded("; 日本語の説明\n".encode("iso2022_jp"), b"\x1b$ is how it begins\n")
    assert result.text.to_pylist() == ["; 日本語の説明\n", "\x1b$ is how it begins\n"]
    assert result.encoding.to_pylist() == ["iso2022_jp", "utf-8"]


@pytest.mark.parametrize("text", ["größe länge", "Возвращает список"])
def test_utf8_cut_in_a_character_is_undecodable(text):
    result = decoded(text.encode() + b"\xd0")
    assert only(result.reason) == "undecodable"
    assert only(result.text) is None


def test_a_null_stays_null_without_a_reason():
    result = decoded(None, b"a")
    assert result.text.to_pylist() == [None, "a"]
    assert result.encoding.to_pylist() == [None, "utf-8"]
    assert result.num_lines.to_pylist() == [None, 1]
    assert result.reason.to_pylist() == [None, None]


def test_an_empty_batch_gives_empty_arrays():
    result = decoded()
    assert len(result.text) == len(result.encoding) == len(result.num_lines) == 0
    assert len(result.reason) == 0


MIXED = [
    b"a\r\n",
    b"\x00",
    "né".encode("cp1252"),
    None,
    b"",
    "é".encode("utf-16"),
    b"\xef\xbb\xbfx",
    b"version https://git-lfs.github.com/spec/v1\n",
]


def test_rows_do_not_depend_on_their_batch():
    content, paths = pa.array(MIXED, pa.large_binary()), pa.array(["f"] * len(MIXED))
    whole = decode(content, paths)
    for i in range(len(MIXED)):
        part = decode(content[i : i + 1], paths[i : i + 1])
        assert only(part.text) == whole.text[i].as_py()
        assert only(part.encoding) == whole.encoding[i].as_py()
        assert only(part.num_lines) == whole.num_lines[i].as_py()
        assert only(part.reason) == whole.reason[i].as_py()


def test_an_unfinished_line_counts():
    texts = pa.array(["", "\n", "a", "a\n", "a\nb", None], pa.large_string())
    assert num_lines(texts).to_pylist() == [0, 1, 1, 1, 2, None]


def test_buffers_of_a_slice_are_those_of_its_rows():
    offsets, data = column_buffers(pa.array(["ab", "c", None, "def"], pa.large_string())[1:])
    assert offsets.tolist() == [0, 1, 1, 4]
    assert data.tobytes() == b"cdef"


def test_decoding_opens_nothing():
    events = []
    content = [*MIXED, "Возвращает список".encode("cp1251"), "日本語の".encode("euc_jp")]

    def watch(event, _):
        if watching and event in ("open", "import", "socket.connect", "subprocess.Popen"):
            events.append(event)

    watching = []
    sys.addaudithook(watch)
    watching.append(True)
    decoded(*content, paths=["x.unknown-name.msg"] * len(content))
    watching.clear()
    assert events == []
