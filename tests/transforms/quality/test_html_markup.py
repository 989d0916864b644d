PAGE = "<html><script>if (a < b) {{ run() }}</script><!-- x --><p class='{}'>Hello   world</p>"


def test_what_a_browser_shows_is_visible(score):
    page = PAGE.format("")
    assert score("html_markup", page, languages=["HTML"]) == [11 / len(page)]


def test_a_layout_is_dropped_and_an_article_kept(drops):
    layout, article = PAGE.format("x" * 90), "<p>" + "Some words. " * 20 + "</p>"
    assert drops("html_markup", layout, article, languages=["HTML", "HTML"]) == [True, False]


def test_only_html_is_measured(score):
    assert score("html_markup", PAGE, None, languages=["Vue", "HTML"]) == [None, None]
