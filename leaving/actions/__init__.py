"""A kit is asked for, made by the workers, fetched, and forgotten."""

from leaving.actions.asking import ask_exit_kit, fetch_exit_kit
from leaving.actions.making import expire_exit_kits, forget_exit_kits, make_exit_kits

__all__ = ["ask_exit_kit", "expire_exit_kits", "fetch_exit_kit", "forget_exit_kits", "make_exit_kits"]
