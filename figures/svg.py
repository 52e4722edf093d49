"""Safe SVG text: numbers with a point, everything a person wrote escaped."""

from html import escape


class Svg(str):
    """Markup made here and safe to show as it is; templates that ask a value for `__html__` do not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def element(name: str, content: str | None = None, **attributes: str | float) -> Svg:
    """One element. Underscores in names become dashes, a trailing one is dropped (`class_`); content is escaped unless it is Svg."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"' for key, value in attributes.items())
    if content is None:
        return Svg(f"<{name}{written}/>")
    return Svg(f"<{name}{written}>{content if isinstance(content, Svg) else escape(content)}</{name}>")


def together(*parts: Svg | None) -> Svg:
    """Elements one after the other; what is None is not drawn."""
    return Svg("".join(part for part in parts if part is not None))


def _text(value: str | float) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
