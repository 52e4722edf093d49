"""Every address of Tend. Each door keeps its own; the signed-in are sent to theirs."""

from django.urls import include, path
from django.views.generic import RedirectView

from api.documents import problem
from api.secret_links import balance_json, balance_page, calendar_feed
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
    path("balance/<str:secret>/", balance_page, name="balance_page"),
    path("balance/<str:secret>/json", balance_json, name="balance_json"),
    path("calendar/<str:secret>.ics", calendar_feed, name="calendar_feed"),
    path("api/", include("api.urls")),
    path("problems/<slug:code>", problem, name="problem"),
    path("favicon.ico", RedirectView.as_view(url="/static/favicon.svg", permanent=True), name="favicon"),
]

handler400 = "config.failures.bad_request"
handler500 = "config.failures.server_error"
