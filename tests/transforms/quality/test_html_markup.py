PAGE = "<html><!-- <b> x --><p class='{}'>Hello   world</p>"


def test_what_is_no_tag_and_no_comment_counts(score):
    page = PAGE.format("")
    assert score("html_markup", page, languages=["HTML"]) == [11 / len(page)]


def test_scripts_and_styles_count(score):
    page = "<script>run()</script><style>p {}</style>"
    assert score("html_markup", page, languages=["HTML"]) == [10 / len(page)]


def test_a_layout_is_dropped_and_an_article_kept(drops):
    layout, article = PAGE.format("x" * 90), "<p>" + "Some words. " * 20 + "</p>"
    assert drops("html_markup", layout, article, languages=["HTML", "HTML"]) == [True, False]


def test_a_page_that_is_a_program_is_kept(drops):
    program = PAGE.format("x" * 90) + "<script>" + "draw(canvas);\n" * 9 + "</script>"
    assert drops("html_markup", program, languages=["HTML"]) == [False]


def test_only_html_is_measured(score):
    assert score("html_markup", PAGE, None, languages=["Vue", "HTML"]) == [None, None]
