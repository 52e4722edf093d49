"""All settings, from the environment only. A mistake is told at start, together with every other one."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environs
from django.contrib.messages.constants import ERROR, WARNING
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent

env = environs.Env(eager=False)
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", validate=environs.validate.Length(min=32))
DATABASE_URL = env.str("DATABASE_URL")
DATABASE_ADMIN_URL = env.str("DATABASE_ADMIN_URL", "")
CACHE_URL = env.str("CACHE_URL")
BROKER_URL = env.str("BROKER_URL")
PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
EMAIL_URL = env.str("EMAIL_URL", "")
EMAIL_FROM = env.str("EMAIL_FROM", "Tend <desk@localhost>")
SECRET_LINK_REQUESTS_PER_MINUTE = env.int("SECRET_LINK_REQUESTS_PER_MINUTE", 60, validate=environs.validate.Range(min=1))
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", 600, validate=environs.validate.Range(min=1))
API_WRITES_PER_MINUTE = env.int("API_WRITES_PER_MINUTE", 120, validate=environs.validate.Range(min=1))
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", 60, validate=environs.validate.Range(min=1))
WEBHOOK_TIMEOUT_SECONDS = env.int("WEBHOOK_TIMEOUT_SECONDS", 15, validate=environs.validate.Range(min=1))
_webhook_networks: list[str] = env.list("WEBHOOK_ALLOWED_NETWORKS", [])
DEMO = env.bool("DEMO", False)
STATE_DIR = Path(env.str("STATE_DIR", str(BASE_DIR / ".tend")))
LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
try:
    env.seal()
except environs.EnvValidationError as error:
    mistakes = error.error_messages if isinstance(error.error_messages, dict) else {"": error.error_messages}
    lines = (f"{name}: {' '.join(str(m) for m in messages)}" for name, messages in mistakes.items())
    advice = "make up sets all of it and starts everything; on servers of your own see README."
    raise ImproperlyConfigured("\n  ".join(["The environment is not complete.", *lines]) + f"\n{advice}") from error


def _networks(named: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Closed networks that webhooks may reach all the same, also over plain http: for development and tests."""
    try:
        return tuple(ip_network(name) for name in named)
    except ValueError as error:
        raise ImproperlyConfigured("WEBHOOK_ALLOWED_NETWORKS: name networks like 127.0.0.0/8, separated by commas.") from error


WEBHOOK_ALLOWED_NETWORKS = _networks(_webhook_networks)


def _database(url: str) -> dict[str, str]:
    """The parts of postgresql://user:password@host:port/name?host=/socket/directory as Django names them."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "") or parts.hostname or ""),
        "PORT": str(parts.port or query.get("port", "")),
    }


_owner = _database(DATABASE_ADMIN_URL) if DATABASE_ADMIN_URL else {}
DATABASES = {
    "default": {
        "ENGINE": "accounts.database",
        **_database(DATABASE_URL),
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 2},
        "OWNER": {"user": _owner["USER"], "password": _owner["PASSWORD"]} if _owner else {},
    }
}
WEB_LOCK_SECONDS = 5  # how long a request waits for what somebody else holds; workers and commands wait as long as it takes
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "accounts",
    "look",  # before allauth and the forms of Django, whose templates it replaces
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "events",
    "engagements",
    "tickets",
    "billing",
    "proposals",
    "leaving",
    "portal",
    "workspace",
    "api",
    "config",
]

MIDDLEWARE = [
    "config.middleware.with_request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.for_its_reader_alone",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.patience.Patience",
    "config.middleware.at_the_door",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.InScope",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["look.templatetags.tend", "look.templatetags.rows", "django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.messages.context_processors.messages",
                "look.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "look.forms.Renderer"
MESSAGE_TAGS = {WARNING: "over", ERROR: "over"}  # a toast is red or it is not

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["email"]}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.GuessableValidator"},
]
ACCOUNT_ADAPTER = "config.sign_in.ClosedDoor"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "look.views.csrf_failed"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31536000 if _https else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether the neighbours under the domain speak https is theirs to say
    "security.W008",  # the proxy with the certificate redirects; a health probe on loopback must not be
    "security.W021",  # a preload list is joined by the owner of the domain, and hardly left again
]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "look" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = None  # whitenoise serves what the apps hold, found once at start; nothing is collected
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(STATE_DIR / "files")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
ATTACHMENT_MAX_BYTES = 20 * 1024 * 1024


def _mailer(url: str) -> dict[str, object]:
    """smtp://user:password@host:port (smtps:// for TLS from the start), file:///directory, or memory: for tests."""
    parts = urlsplit(url or (STATE_DIR / "mail").as_uri())
    if parts.scheme == "file":
        return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": unquote(parts.path)}}
    if parts.scheme == "memory":
        return {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    if parts.scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured("EMAIL_URL: use smtp://, smtps:// or file://.")
    options: dict[str, object] = {"host": parts.hostname, "port": parts.port or (465 if parts.scheme == "smtps" else 25), "timeout": 20}
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    if parts.scheme == "smtps":
        options["use_ssl"] = True
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


MAILERS = {"default": _mailer(EMAIL_URL)}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = EMAIL_FROM

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL, "KEY_PREFIX": "tend"}}

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A message is only a doorbell: whoever rings waits neither for a broker that is down nor for one that is silent.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 3}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.access.AsTheMiddlewareSaid"],
    "DEFAULT_PERMISSION_CLASSES": ["api.access.WithinScopes"],
    "DEFAULT_RENDERER_CLASSES": ["api.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.rendering.OrjsonParser"],
    "DEFAULT_PAGINATION_CLASS": "api.paging.Keyset",
    "DEFAULT_SCHEMA_CLASS": "api.schema.TendSchema",
    "EXCEPTION_HANDLER": "api.problems.as_problem",
    "DEFAULT_THROTTLE_RATES": {},
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "iso-8601",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tend",
    "DESCRIPTION": (
        "The engagement desk of fractional AI-operations firms. Durations are integer minutes, times RFC 3339 in UTC.\n\n"
        "`fields=name,client` on a list or an object leaves everything else out but the id. `expand=client` shows a name as the"
        " whole object, where it is listed. `format=csv`, `xlsx`, `json` or `jsonl` on a list gives all of its rows as one file.\n\n"
        "A key, or a person in a browser, has 600 requests a minute, 120 of them writes, unless the operator says otherwise: `RateLimit`"
        " says what is left, 429 with `Retry-After` when to go on. A 304 costs nothing."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["api.schema.without_traces"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

PGHISTORY_APPEND_ONLY = False
PGTRIGGER_MIGRATIONS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
