"""A fragment that is rendered once for each shape of row and filled for every row: nothing of it differs from a loop."""

from typing import NamedTuple

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import SafeString, mark_safe

FRAGMENT = (
    '<tr{% if row.is_free %} class="free"{% endif %}><td>{{ row.name }} 100%</td>'
    "<td>{% if row.url %}<a href='{{ row.url }}'>{{ row.name }}</a>{% else %}{% translate 'none' %} {{ beside }}{% endif %}</td></tr>"
)
LOOP = Template(f"{{% for row in rows %}}{FRAGMENT}{{% endfor %}}")
FILLED = Template(f"{{% each row in rows %}}{FRAGMENT}{{% endeach %}}")


class Row(NamedTuple):
    name: str | SafeString
    url: str = ""
    is_free: bool = False


ROWS = [
    Row("Index rebuilt", "/entries/1/"),
    Row("<script>alert(1)</script> & 'more'", "/entries/2/?a=1&b=2", is_free=True),
    Row("%s %(name)s {0} {{ row.url }} \\1"),
    Row(mark_safe("<b>made safe before</b>"), "", is_free=True),
    Row(""),
]


def test_rows_are_written_as_a_loop_writes_them():
    around = {"rows": ROWS, "beside": "5 % & <more>"}
    assert FILLED.render(Context(around)) == LOOP.render(Context(around))
    assert "&lt;script&gt;" in FILLED.render(Context(around))


def test_no_rows_are_nothing():
    assert FILLED.render(Context({"rows": []})) == ""


def test_a_fragment_is_rendered_once_for_each_shape_however_many_rows_there_are():
    asked = []

    def beside():
        asked.append("once more")
        return "beside"

    FILLED.render(Context({"rows": [Row("Name", "/url/")] * 500 + [Row("Name")] * 500, "beside": beside}))
    assert len(asked) == 1


@pytest.mark.parametrize("change", ["upper", "lower", "capfirst", "title", "truncatechars:3", "slice:'2'"])
def test_words_that_a_filter_would_change_are_refused_rather_than_misplaced(change):
    with pytest.raises(ValueError, match="no filter may change them"):
        Template(f"{{% each row in rows %}}{{{{ row.name|{change} }}}}{{% endeach %}}").render(Context({"rows": ROWS}))


def test_the_tag_says_how_it_is_written():
    with pytest.raises(TemplateSyntaxError, match="each row in rows"):
        Template("{% each row of rows %}{% endeach %}")
