"""The mappings that come with Tend, by name."""

from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "mappings"


def shipped() -> list[str]:
    """The names of the mappings that ship, in order."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def shipped_path(name: str) -> Path:
    """Where the text of a mapping that ships is found."""
    return SHIPPED / f"{name}.toml"
