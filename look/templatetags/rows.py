"""The rows of a long list: a fragment rendered once for each shape of row, then filled with the words of every row."""

import re
from html import escape
from typing import Any, NamedTuple

from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString, mark_safe

register = Library()

_MARK = "a\x00B{}\x00z"  # whatever a filter does to a word, it does to this too
_PLACE = re.compile("a\x00B(\\d+)\x00z")

type Row = tuple[str | bool, ...]


class Skeleton(NamedTuple):
    """A rendered fragment, and which words of a row fill its places."""

    text: str
    places: tuple[int, ...]

    def filled(self, words: Row) -> str:
        return self.text % tuple(_safe(words[place]) for place in self.places)


def _safe(word: str | bool) -> str:
    return str(word) if hasattr(word, "__html__") else escape(str(word))


class Each(Node):
    """Renders its fragment as often as there are shapes: which words are empty, and what each yes or no is."""

    child_nodelists = ("fragment",)

    def __init__(self, name: str, rows: FilterExpression, fragment: NodeList) -> None:
        self.name, self.rows, self.fragment = name, rows, fragment

    def render(self, context: Context) -> SafeString:
        skeletons: dict[tuple[bool, ...], Skeleton] = {}
        filled = []
        for row in self.rows.resolve(context):
            shape = tuple(map(bool, row))
            if shape not in skeletons:
                skeletons[shape] = self._skeleton(context, row)
            filled.append(skeletons[shape].filled(row))
        return mark_safe("".join(filled))

    def _skeleton(self, context: Context, row: Any) -> Skeleton:
        marked = {
            name: _MARK.format(place) if word and word is not True else word
            for place, (name, word) in enumerate(zip(row._fields, row, strict=True))
        }
        with context.push(**{self.name: marked}):
            text = self.fragment.render(context)
        places = tuple(int(place) for place in _PLACE.findall(text))
        form = _PLACE.sub("%s", text.replace("%", "%%"))
        if "\x00" in form:
            raise ValueError("{% each %} fills words as they are, so no filter may change them on the way.")
        return Skeleton(form, places)


@register.tag
def each(parser: Parser, token: Token) -> Each:
    """`{% each line in lines %}<tr>…{{ line.name }}…</tr>{% endeach %}` for NamedTuples of words (and of yes and no).

    As a loop, but that a word is only placed and asked whether it is empty: filters, and a count of the rows, belong before it.
    A thousand rows cost what some tens do in a loop, for what is the same in each is rendered once.
    """
    words = token.split_contents()
    if len(words) != 4 or words[2] != "in":
        raise TemplateSyntaxError("Write {% each row in rows %}.")
    fragment = parser.parse(("endeach",))
    parser.delete_first_token()
    return Each(words[1], parser.compile_filter(words[3]), fragment)
