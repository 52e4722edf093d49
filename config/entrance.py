"""The front page sends everybody to their door; an empty installation asks for its first token."""

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import scope
from accounts.actions.founding import found_firm, is_founded, is_founding_token
from accounts.errors import DomainError
from accounts.models import User

FOUNDING = "founding"


@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """The workspace for the firm, the portal for a client, the sign-in page for whoever is neither."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None:
        if request.user.is_authenticated:
            return redirect("account_logout")
        return redirect("account_login" if is_founded() else "first_run")
    return redirect("workspace:today" if actor.is_staff else "portal:home")


class TokenForm(forms.Form):
    """The one-time token of the console."""

    token = forms.CharField(label=_("Token"), widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not is_founding_token(token):
            raise forms.ValidationError(_("This is not the token that the console printed. Copy it from there once more."))
        return token


class FoundingForm(forms.Form):
    """The first question: which firm, and who runs it."""

    name = forms.CharField(label=_("Name of the firm"), max_length=80)
    admin_name = forms.CharField(label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label=_("Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Twelve characters or more: a few words that do not belong together. Later a code by mail signs you in as well."),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.cleaned_data.get("email", "")))
        return password


@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Found the firm with the token from the console. Once it is founded, this page never existed."""
    if is_founded():
        raise Http404
    held: str = request.session.get(FOUNDING, "")
    return _found(request, held) if is_founding_token(held) else _ask_for_token(request)


def _ask_for_token(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session[FOUNDING] = form.cleaned_data["token"]
        return redirect("first_run")
    return render(request, "first_run.html", {"form": form}, status=422 if form.errors else 200)


def _found(request: HttpRequest, token: str) -> HttpResponse:
    form = FoundingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with scope.system("first run"):
                admin = found_firm(token=token, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field or None, str(error))
        else:
            del request.session[FOUNDING]
            login(request, admin.user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect("workspace:first_steps")
    return render(request, "first_run.html", {"form": form, "asks_firm": True}, status=422 if form.errors else 200)
