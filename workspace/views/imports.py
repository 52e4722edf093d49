"""Time from other programs: files handed over, tried first, imported then, with the rows that need a look."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import DomainError
from billing.actions.importing import Imported, forget_mapping, import_tried, mapping_names, mapping_text, save_mapping, start_import
from billing.actions.importing.reporting import report_of
from billing.models import ImportRun, SavedMapping
from billing.policies import may_import_time
from figures.rounding import half_up
from look.downloads import CSV, as_download
from look.gone import gone_already
from look.once import once
from look.sheets import as_file
from look.templatetags.tend import hours
from workspace.access import StaffRequest, for_staff, only_if
from workspace.columns import IMPORTS
from workspace.forms import refuse, said, telling
from workspace.import_form import PROGRAMS, ImportForm, MappingForm, wrong_mapping
from workspace.paging import page_of
from workspace.shell import show, typed

TONES = {"waiting": "wait", "running": "wait", "done": "ok", "failed": "over"}


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
@once
def imports(request: StaffRequest) -> HttpResponseBase:
    """The imports there were, and a place to hand files over. POST begins one: a trial unless it says otherwise."""
    only_if(may_import_time(request.actor))
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent, actor=request.actor)
    if sent and form.is_valid():
        try:
            run = start_import(actor=request.actor, **form.values())
        except DomainError as error:
            refuse(form, error)
        else:
            return redirect("workspace:import", run.pk)
    found = ImportRun.objects.visible_to(request.actor).select_related("person").prefetch_related("files").order_by("-pk")
    if file := as_file(request, "imports", IMPORTS, found):
        return file
    page = page_of(found, request.GET)
    rows = [(run, TONES[run.state], PROGRAMS.get(run.mapping_name, run.mapping_name)) for run in page.rows]
    context = {"form": form, "page": page, "rows": rows}
    return show(request, "imports", context, place="settings", status=422 if form.errors else 200)


@for_staff
@require_safe
def import_run(request: StaffRequest, pk: UUID) -> HttpResponse:
    """One import: its first rows as they were read, how far it is, what came of it. While it runs, the page asks again by itself."""
    return _run_page(request, _visible(request, pk))


@for_staff
@require_POST
@once
def import_for_good(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Import what was tried."""
    try:
        run = import_tried(actor=request.actor, run=_visible(request, pk))
    except DomainError as error:
        messages.error(request, said(error))
        return _run_page(request, _visible(request, pk), status=422)
    return redirect("workspace:import", run.pk)


@for_staff
@require_safe
def report(request: StaffRequest, pk: UUID) -> FileResponse:
    """The rows that need a look, as CSV."""
    run = _visible(request, pk)
    return as_download(report_of(run), name=f"import-{run.pk}.csv", content_type=CSV)


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def mappings(request: StaffRequest) -> HttpResponse:
    """A mapping to read, to change and to save as the firm's own; `of` names the one to begin with."""
    only_if(may_import_time(request.actor))
    names = mapping_names(request.actor)
    chosen = typed(request.GET, "of")
    chosen = chosen if chosen in names else names[0]
    form = MappingForm(request.POST or None, initial={"text": mapping_text(chosen)})
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_mapping(actor=request.actor, text=form.cleaned_data["text"].replace("\r\n", "\n"))
        except DomainError as error:
            form.add_error("text", wrong_mapping(error, form.cleaned_data["text"]))
        else:
            messages.success(request, gettext("Saved as %(name)s.") % {"name": saved.name})
            return redirect("workspace:imports")
    own = SavedMapping.objects.visible_to(request.actor).filter(name=chosen).first()
    context = {"form": form, "names": [(name, PROGRAMS.get(name, name)) for name in names], "chosen": chosen, "own": own}
    return show(request, "import_mappings", context, place="settings", status=422 if form.errors else 200)


@for_staff
@require_POST
def mapping_removal(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Remove a mapping of the firm's own; those that ship stay."""
    only_if(may_import_time(request.actor))
    found = SavedMapping.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        return gone_already(request, SavedMapping, pk, told_as="mapping.forgotten", to="workspace:import_mappings")
    with telling(request, gettext("%(name)s was removed.") % {"name": found.name}):
        forget_mapping(actor=request.actor, mapping=found)
    return redirect("workspace:import_mappings")


def _visible(request: StaffRequest, pk: UUID) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(request.actor).select_related("person"), pk=pk)


def _run_page(request: StaffRequest, run: ImportRun, *, status: int = 200) -> HttpResponse:
    may_import = run.is_dry and run.state == ImportRun.State.DONE
    context: dict[str, Any] = {
        "run": run,
        "tone": TONES[run.state],
        "files": list(run.files.order_by("pk")),
        "mapping": PROGRAMS.get(run.mapping_name, run.mapping_name),
        "first": [_shown(row) for row in run.first_rows],
        "counted": _counted(run),
        "findings": run.findings.count(),
        "look_at": [(finding, gettext(finding.sentence)) for finding in run.findings.order_by("pk")[:20]],
        "failure": gettext(run.failure[0]) if run.failure else "",
        "facts": run.failure[1:],
        "may_import": may_import,
        "importable": _importable(run) if may_import else {},
    }
    return show(request, "import", context, place="settings", fragment="run", status=status)


def _importable(run: ImportRun) -> dict[str, int]:
    """How many rows of a trial would become something, and how many would not."""
    counts = Imported(**run.counts)
    rows = counts.entries + counts.listed
    return {"rows": rows, "left_out": counts.rows - rows}


def _time(seconds: int) -> str:
    return hours(half_up(seconds, 60))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    if "wrong" in row:
        return row | {"wrong": gettext(row["wrong"])}
    return row | {"day": parse_date(row["day"]) if row["day"] else None, "time": _time(row["seconds"])}


def _counted(run: ImportRun) -> list[tuple[str, int, str]]:
    """What came of the rows so far: what, how many, and their time."""
    counts = Imported(**run.counts)
    told = (
        (ngettext("time entry", "time entries", counts.entries), counts.entries, _time(counts.seconds)),
        (gettext("already there"), counts.entries_there, _time(counts.seconds_there)),
        (gettext("listed, their time not imported"), counts.listed, _time(counts.seconds_listed)),
        (gettext("cannot be read"), counts.refused, ""),
        (gettext("left out by the mapping"), counts.skipped, ""),
        (ngettext("new client", "new clients", counts.clients), counts.clients, ""),
        (ngettext("new person", "new people", counts.people), counts.people, ""),
        (ngettext("new ticket", "new tickets", counts.tickets), counts.tickets, ""),
        (ngettext("month of history", "months of history", counts.periods), counts.periods, ""),
    )
    return [(what, number, time if number else "") for what, number, time in told if number or what == told[0][0]]
