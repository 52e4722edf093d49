"""The front page sends everybody to their door; an empty installation asks for its first token."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import scope
from accounts.actions.founding import found_firm, is_founded
from accounts.errors import DomainError
from look.zones import zone_choices


@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """The workspace for the firm, the portal for a client, the sign-in page for whoever is neither."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        if request.user.is_authenticated:
            return redirect("account_logout")
        return redirect("account_login" if is_founded() else "first_run")
    return redirect("workspace:today" if actor.is_staff else "portal:home")


class FirstRunForm(forms.Form):
    """What an empty installation needs before anybody can sign in."""

    token = forms.CharField(label=_("Token"), help_text=_("The console printed it when Tend started."))
    name = forms.CharField(label=_("Name of the firm"), max_length=80)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, initial="UTC")
    currency = forms.RegexField(
        label=_("Currency"), regex=r"^[A-Z]{3}$", initial="USD", error_messages={"invalid": _("Write three capitals, like USD.")}
    )
    admin_name = forms.CharField(label=_("Your name"), max_length=80)
    email = forms.EmailField(label=_("Your e-mail"))
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password

    def found(self) -> None:
        values: dict[str, Any] = self.cleaned_data
        with scope.system("first run"):
            found_firm(**values)


@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Found the firm with the token from the console. Once it is founded, this page never existed."""
    if is_founded():
        raise Http404
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            form.found()
        except DomainError as error:
            form.add_error(error.field or None, str(error))
        else:
            return redirect("account_login")
    return render(request, "first_run.html", {"form": form}, status=422 if form.errors else 200)
