"""Every address of Tend. Each door keeps its own; the signed-in are sent to theirs."""

from django.urls import include, path
from django.views.generic import RedirectView

from api.documents import problem
from config import health
from config.entrance import enter, first_run
from look.views import brand_css, logo

urlpatterns = [
    path("", enter, name="home"),
    path("first-run/", first_run, name="first_run"),
    path("brand.css", brand_css, name="brand_css"),
    path("logo/<uuid:pk>.png", logo, name="logo"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("portal/", include("portal.urls")),
    path("workspace/", include("workspace.urls")),
    path("api/", include("api.urls")),
    path("problems/<slug:code>", problem, name="problem"),
    path("favicon.ico", RedirectView.as_view(url="/static/favicon.svg", permanent=True), name="favicon"),
]

handler400 = "config.failures.bad_request"
handler500 = "config.failures.server_error"
