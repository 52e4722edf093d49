"""Money as a column: kept in the places of the finest currency, told in those that it has."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

from figures.rounding import told_places

if TYPE_CHECKING:  # Django's fields take type arguments in their stubs alone

    class _Kept[Written, Read](models.DecimalField[Written, Read]): ...

else:

    class _Kept(models.DecimalField):
        def __class_getitem__(cls, _types: Any) -> type:
            return cls


class Amount[Written, Read](_Kept[Written, Read]):
    """An amount or a rate in any currency. The third place is read only where it is not zero: "2000.00", "190.10", "190.105".

    How many places a currency has is for the action that writes the amount.
    """

    def from_db_value(self, value: Decimal | None, _expression: Any, _connection: Any) -> Decimal | None:
        return None if value is None else told_places(value)
