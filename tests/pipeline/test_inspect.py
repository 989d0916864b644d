from codemill.pipeline.config import Config
from codemill.pipeline.inspect import inspect_paths

from ..conftest import MIT, python_module

DEP5 = "Format: copyright-format/1.0\n\nFiles: src/*\nLicense: ISC\n"


def test_folders_that_speak_for_the_one_above_are_heard(tmp_path):
    files = {"LICENSES/MIT.txt": MIT, "debian/copyright": DEP5, "src/a.py": python_module("wood")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (row,) = inspect_paths([str(tmp_path / "src")], Config())
    assert row["licence"] is None  # a folder given is a root of its own
    rows = {row["path"]: row for row in inspect_paths([str(tmp_path)], Config())}
    found = rows[str(tmp_path / "src" / "a.py")]
    assert (found["licence"], found["licence_by"]) == (
        "ISC AND MIT",
        "collection:LICENSES/MIT.txt MIT; metadata:debian/copyright ISC",
    )
