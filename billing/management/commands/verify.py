from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import scope
from billing.actions.verifying import verify_ledger


class Command(BaseCommand):
    """Compute every period and balance anew from its entries, and name what differs."""

    help = "Computes every period and balance anew from its entries. Ends with 1 and names each where something differs."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with scope.system("verify"):
            findings = list(verify_ledger())
        for finding in findings:
            self.stderr.write(finding)
        if findings:
            raise CommandError(f"{len(findings)} findings. Nothing was changed.")
        self.stdout.write("Every period is what its entries come to.")
