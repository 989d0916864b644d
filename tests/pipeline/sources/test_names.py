import pytest

from codemill.pipeline.sources.names import (
    published_path,
    repository_of_url,
    without_machine_paths,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://GitHub.com/Owner/name.git",
        "https://user:s3cret@github.com/Owner/name",
        "https://token@github.com/Owner/name/",
        "https://user:pa/ss@github.com/Owner/name",
        "https://github.com:443//Owner/name.git?token=abc#frag",
        "git@github.com:Owner/name.git",
        "github.com:Owner/name",
        "ssh://git@github.com:22/Owner/name.git",
        "git+ssh://git@github.com/Owner/name",
        " git://github.com/Owner/name\n",
    ],
)
def test_every_form_of_a_remote_gives_one_name_without_credentials(url):
    assert repository_of_url(url) == "github.com/Owner/name"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/name.git",
        "../name",
        "./user/name:x",
        "file:///srv/git/name",
        "C:/git/name",
        "C:\\git\\name",
        "ext::sh -c touch% /tmp/x",
        "https://github.com/",
        "https://github.com/a/../b",
        "https://user:p#w@github.com/a/b",
        "https://[::1]/a/b",
        "git@github.com:a/b c",
    ],
)
def test_what_names_no_other_machine_gives_no_name(url):
    assert repository_of_url(url) is None


def test_groups_below_groups_are_kept():
    assert repository_of_url("https://gitlab.com/a/b/c.git") == "gitlab.com/a/b/c"


def test_bytes_that_are_not_utf8_are_escaped_and_stay_distinct():
    assert published_path(b"caf\xe9.c") == "caf\\xe9.c"
    assert published_path(b"caf\xe8.c") == "caf\\xe8.c"
    assert published_path("café.c") == "café.c"


def test_messages_lose_machine_paths():
    message = "failed to open '/home/me/x/.git/objects/aa': no such file\n(in /home/me/x)"
    shown = without_machine_paths(message, "/home/me/x")
    assert shown == "failed to open 'it/.git/objects/aa': no such file (in it)"
    assert without_machine_paths("bad /etc/x", "/srv") == "bad (path)"
