"""Money spent for clients: logged with receipts, listed, approved or sent back."""

from uuid import UUID

from django.contrib import messages
from django.core.files import File
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from billing.actions.expenses import approve_expense, change_expense, delete_expense, log_expense, reject_expense
from billing.filters import ExpenseFilter
from billing.models import Expense, ExpenseReceipt
from billing.policies import may_approve_expense, may_change_expense
from look.downloads import stored
from look.gone import gone_already
from look.once import once
from look.sheets import as_file
from workspace.access import StaffRequest, for_staff
from workspace.columns import EXPENSES
from workspace.expense_form import ExpenseForm, NewExpenseForm, as_typed
from workspace.forms import refuse, said
from workspace.narrowing import choice, kept, line, of_client, of_person, wrong_in
from workspace.paging import page_of
from workspace.shell import show, typed


@for_staff
@require_safe
def expenses(request: StaffRequest) -> HttpResponseBase:
    """What was spent for the clients, the latest first, as the query narrows it; `format` gives it as a file."""
    asked, seen = request.GET, Expense.objects.visible_to(request.actor)
    narrowed = ExpenseFilter(asked, queryset=seen.select_related("client", "engagement", "person", "ticket"))
    found = narrowed.qs if narrowed.is_valid() else Expense.objects.none()
    rows = found.order_by("-spent_on", "-pk")
    if file := as_file(request, "expenses", EXPENSES, rows):
        return file
    fields = [
        of_client(asked, request.actor),
        of_person(asked, "person"),
        choice(asked, "state", gettext("State"), Expense.State.choices),
        choice(asked, "category", gettext("Category"), Expense.Category.choices),
        line(asked, "spent_after", gettext("From"), "date"),
        line(asked, "spent_before", gettext("To"), "date"),
    ]
    context = {
        "page": page_of(rows, asked),
        "fields": fields,
        "hidden": kept(asked, fields),
        "wrong": wrong_in(narrowed),
        "is_narrowed": any(field.value for field in fields),
        "waiting": seen.waiting().count(),
    }
    return show(request, "expenses", context, place="expenses")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def new_expense(request: StaffRequest) -> HttpResponse:
    form = NewExpenseForm(request.POST or None, actor=request.actor, initial={"spent_on": timezone.localdate(), "tax": 0})
    if request.method == "POST" and form.is_valid():
        try:
            log_expense(actor=request.actor, engagement=form.cleaned_data["engagement"], spent=form.spent(), receipts=sent_files(request))
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("It waits for approval."))
            return redirect("workspace:expenses")
    return show(request, "new_expense", {"form": form}, place="expenses", status=422 if form.errors else 200)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def expense(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One expense with its receipts; said anew while it is not approved."""
    seen = Expense.objects.visible_to(request.actor).select_related("client", "engagement", "person", "ticket", "decided_by")
    found = get_object_or_404(seen, pk=pk)
    form = ExpenseForm(request.POST or None, actor=request.actor, initial=as_typed(found))
    if request.method == "POST" and form.is_valid():
        try:
            change_expense(actor=request.actor, expense=found, spent=form.spent(), receipts=sent_files(request))
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect("workspace:expense", pk)
    waits, approved = found.state == Expense.State.SUBMITTED, found.state == Expense.State.APPROVED
    may = {
        "change": may_change_expense(request.actor, found) and not approved,
        "decide": waits and may_approve_expense(request.actor, found),
    }
    context = {"expense": found, "form": form, "receipts": found.receipts.order_by("pk"), "may": may}
    return show(request, "expense", context, place="expenses", status=422 if form.errors else 200)


@for_staff
@require_POST
def decision(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Approve it, which makes the charge, or send it back with a reason."""
    found = get_object_or_404(Expense.objects.visible_to(request.actor), pk=pk)
    try:
        if request.POST.get("verdict") == "reject":
            reject_expense(actor=request.actor, expense=found, reason=typed(request.POST, "reason", 500))
            words = gettext("It is sent back.")
        else:
            approve_expense(actor=request.actor, expense=found)
            words = gettext("It is approved.")
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, words)
    return redirect("workspace:expense", pk)


@for_staff
@require_POST
def delete(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = Expense.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        return gone_already(request, Expense, pk, told_as="expense.deleted", to="workspace:expenses")
    try:
        delete_expense(actor=request.actor, expense=found)
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("workspace:expense", pk)
    messages.success(request, gettext("The expense is deleted."))
    return redirect("workspace:expenses")


@for_staff
@require_safe
def receipt(request: StaffRequest, pk: UUID) -> FileResponse:
    return stored(get_object_or_404(ExpenseReceipt.objects.visible_to(request.actor), pk=pk))


def sent_files(request: StaffRequest) -> "list[File[bytes]]":
    return list(request.FILES.getlist("files"))
