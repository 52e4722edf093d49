"""What a client takes along: the kits that were asked for, and what stands in one."""

from leaving.models.kit import ExitKit

__all__ = ["ExitKit"]
