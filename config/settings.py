"""Django settings. Importing them starts nothing and touches no file but the secret key."""

import gc
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlparse

import structlog
from django.core.management.utils import get_random_secret_key
from django.utils.crypto import salted_hmac

from config import embedded
from config.environment import ENVIRONMENT, ROOT


def _secret_key() -> str:
    path = ENVIRONMENT.home / "secret_key"
    given = os.environ.get("OPENETS_SECRET_KEY", "")
    return given or (path.read_text("ascii") if path.exists() else get_random_secret_key())


def _database() -> dict[str, Any]:
    shared = {
        "ENGINE": "config.database",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5},
    }
    if not ENVIRONMENT.database_url:
        return shared | {"NAME": embedded.DATABASE, "USER": embedded.SUPERUSER}
    url = urlparse(ENVIRONMENT.database_url)
    return shared | {
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or "") or dict(parse_qsl(url.query)).get("host", ""),
        "PORT": str(url.port or ""),
    }


# The rows of a batch are thousands of small objects without a cycle among them. Python's own
# threshold of 700 walks all of memory for them again and again, a quarter of a batch's time.
gc.set_threshold(50_000, 20, 100)

SECRET_KEY = _secret_key()
DEBUG = ENVIRONMENT.debug
DEMO = ENVIRONMENT.demo
JURISDICTION = ENVIRONMENT.jurisdiction
FLOORS = ENVIRONMENT.floors
FLOOR_SECRET = ENVIRONMENT.floor_secret or salted_hmac("openets.floor", "", SECRET_KEY).hexdigest()
STREAM_URL = ENVIRONMENT.stream_url
DOCUMENT_FOLDER = ENVIRONMENT.home / "documents"
BANK_FOLDER = ENVIRONMENT.home / "bank"
DOCUMENT_SCANNER = "openets.casework.storage.not_scanned"
MAIL_TRANSPORT = "openets.casework.transports.to_console"
SMS_TRANSPORT = "openets.casework.transports.to_console"
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)

ROOMS = (
    "journal",
    "parties",
    "ledger",
    "casework",
    "registry",
    "mrv",
    "verification",
    "roster",
    "allocation",
    "crediting",
    "settlement",
    "trading",
    "deals",
    "history",
    "compliance",
    "opening",
    "paper",
    "reconciliation",
    "supervision",
    "surveillance",
    "treasury",
    "banking",
    "clearing",
    "auctions",
    "simulation",
    "web",
    "doors",
)
INSTALLED_APPS = [
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    *(f"openets.{room}" for room in ROOMS if (ROOT / "src/openets" / room / "apps.py").exists()),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "openets.web.middleware.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "openets.web.middleware.content_security_policy",
    "openets.web.middleware.request_log",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "openets.web.context.shell",
            ],
            "builtins": ["openets.web.templatetags.openets"],
        },
    },
]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "parties.Person"
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "mobile", "email")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
ACCOUNT_ADAPTER = "openets.web.people.adapter.Accounts"
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "change_password": "openets.web.people.account_forms.ChangePasswordForm",
    "login": "openets.web.people.account_forms.SignInForm",
    "reset_password": "openets.web.people.account_forms.ForgottenForm",
    "reset_password_from_key": "openets.web.people.account_forms.NewPasswordForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ALLAUTH_TRUSTED_PROXY_COUNT = ENVIRONMENT.proxies
# Failed attempts are counted across the processes of the pages.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
"""A report is edited as a grid: a field a cell."""

STATIC_URL = "static/"
STATIC_ROOT = ENVIRONMENT.home / "static"
_PACKAGES = ROOT / "node_modules"
STATICFILES_DIRS = [
    (name, str(_PACKAGES / folder))
    for name, folder in (("klinecharts", "klinecharts/dist/umd"), ("echarts", "echarts/dist"))
    if (_PACKAGES / folder).is_dir()
]
_FONTS = [_PACKAGES / "@expo-google-fonts/noto-sans-sc" / w for w in ("400Regular", "700Bold")]
FONT_FOLDERS = tuple(_FONTS if all(f.is_dir() for f in _FONTS) else [Path("/usr/share/fonts")])
"""Where papers find their fonts: the packages of npm ci, else the system's."""

SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
