"""Settings, all from the environment; `.env.example` tells what each one means.

With nothing set the system runs on SQLite and in-process realtime, keeps everything below
`var/`, and makes its secret key on the first start.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from creditor_meetings.config.secrets import kept_secret
from creditor_meetings.running import log_lines

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))

DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
# Rules of voting that the court adds, a TOML file each; below DATA_DIR there may be none.
RULES_DIR = Path(env.str("RULES_DIR", "") or DATA_DIR / "rules").resolve()
RULES_DIR_GIVEN = bool(env.str("RULES_DIR", ""))

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(DATA_DIR / "secret_key")
# In the demo each role gets a window of its own under *.localhost, since a browser keeps one
# session a host.
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", ".localhost", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}").rstrip("/")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "creditor_meetings.cases",
    "creditor_meetings.claims",
    "creditor_meetings.meetings",
    "creditor_meetings.realtime",
    "creditor_meetings.video",
    "documents",
    "voting",
    "creditor_meetings.estate",
    "creditor_meetings.running",
    "creditor_meetings.config",
]

MIDDLEWARE = [
    "creditor_meetings.running.front.ViewMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "creditor_meetings.cases.middleware.PrivateMiddleware",
    "creditor_meetings.cases.middleware.RefusalMiddleware",
    "creditor_meetings.cases.browser_guard.BrowserGuardMiddleware",
    "creditor_meetings.cases.second_factor.SecondFactorMiddleware",
    "creditor_meetings.cases.middleware.SeenMiddleware",
    "creditor_meetings.cases.acts.ActsMiddleware",
]

ROOT_URLCONF = "creditor_meetings.config.urls"
ASGI_APPLICATION = "creditor_meetings.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "creditor_meetings.cases.context.page",
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "creditor_meetings.cases.orderly.sqlite3"
    # A ballot that was acknowledged must survive a power cut: FULL. IMMEDIATE takes the write
    # lock at BEGIN, so that a transaction never fails half way for want of it.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
    # A machine that is cut off is found out by either side within a minute, not in hours.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": " ".join(
            f"-c tcp_keepalives_{name}={value}"
            for name, value in (("idle", 15), ("interval", 5), ("count", 3))
        ),
        **DATABASES["default"].get("OPTIONS", {}),
    }
# How long (seconds) a server's transaction may keep others waiting while it does nothing.
DATABASE_PATIENCE = env.int("DATABASE_PATIENCE", 30)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Realtime -------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # redis-py 8 would time an idle receive() out after five seconds.
                "hosts": [{"address": REDIS_URL, "socket_timeout": 30, "max_connections": 10000}],
                "prefix": env.str("REDIS_PREFIX", "creditor-meetings"),
            },
        }
    }
    CACHES = {
        "default": {"BACKEND": "creditor_meetings.cases.memory.SharedMemory", "LOCATION": REDIS_URL}
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "creditor_meetings.cases.memory.OwnMemory"}}

# How many people this installation takes back a second after a break: pages that lost their line
# come again within (people online / this) seconds, each at a moment of its own.
RETURNS_A_SECOND = max(1, env.int("RETURNS_A_SECOND", 500))

# The address by which other processes reach this one for video: one of a network of the
# installation's own, since media goes over it unencrypted.
VIDEO_RELAY_HOST = env.str("VIDEO_RELAY_HOST", "127.0.0.1")

# What carries the publishers' pictures: "embedded" needs nothing but this server; with "janus"
# those who speak do so at the speed of a telephone call.
VIDEO_ENGINE = env.str("VIDEO_ENGINE", "embedded")
if VIDEO_ENGINE not in ("embedded", "janus"):
    raise ImproperlyConfigured(f"VIDEO_ENGINE is {VIDEO_ENGINE!r}; it must be embedded or janus.")
JANUS_URL = env.str("JANUS_URL", "ws://127.0.0.1:8188")
JANUS_API_SECRET = env.str("JANUS_API_SECRET", "")
JANUS_TOKEN_SECRET = env.str("JANUS_TOKEN_SECRET", "")
JANUS_ADMIN_KEY = env.str("JANUS_ADMIN_KEY", "")
# Where this process takes the RTP that Janus forwards, and whom it takes it from.
JANUS_RTP_HOST = env.str("JANUS_RTP_HOST", "127.0.0.1")
if VIDEO_ENGINE == "janus":
    for _name in ("JANUS_API_SECRET", "JANUS_TOKEN_SECRET", "JANUS_ADMIN_KEY"):
        if not env.str(_name, ""):
            raise ImproperlyConfigured(
                f"VIDEO_ENGINE is janus: {_name} must be set, to what Janus' configuration holds."
            )
# STUN and TURN servers that browsers may use; the secret is coturn's static-auth-secret.
TURN_URLS = [url.strip() for url in env.list("TURN_URLS", default=[]) if url.strip()]
TURN_SECRET = env.str("TURN_SECRET", "")
TURN_SECONDS = env.int("TURN_SECONDS", 4 * 3600)
if any(url.startswith("turn") for url in TURN_URLS) and not TURN_SECRET:
    raise ImproperlyConfigured("TURN_URLS names a TURN server: TURN_SECRET must be set.")

# --- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "cases.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "creditor_meetings.cases.password_rules.ContextValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", False)
if SESSION_COOKIE_SECURE:
    # By their names browsers know that no other host and no page without TLS may set them.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-django_language"
    LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
# What a page has to say of the last step names people: not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# A session ends so long after signing in, and earlier when nobody uses it: people with a password,
# the team and the court, sign in anew each day.
SESSION_ENGINE = "creditor_meetings.cases.sessions"
SESSION_SECONDS = SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", 60 * 60 * 24 * 7)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", 60 * 60 * 24 * 3)
STAFF_SESSION_SECONDS = env.int("STAFF_SESSION_SECONDS", 60 * 60 * 24)
STAFF_SESSION_IDLE_SECONDS = env.int("STAFF_SESSION_IDLE_SECONDS", 60 * 60 * 4)

# --- Languages and time ---------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Files ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or DATA_DIR / "static").resolve()
if STATIC_ROOT.parent == DATA_DIR:
    STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise looks there, collected or not
MEDIA_ROOT = DATA_DIR / "media"
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", True)
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "creditor_meetings.config.static_storage.StaticFilesStorage"
    },
}
FILE_UPLOAD_TEMP_DIR = env.str("FILE_UPLOAD_TEMP_DIR", "") or None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", 200 * 1024 * 1024)
CLAIMS_TABLE_MAX_BYTES = env.int("CLAIMS_TABLE_MAX_BYTES", 20 * 1024 * 1024)
# ClamAV's daemon, "unix:/path" or "host:port": it looks at what people bring. Empty for none.
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", "")
# LibreOffice, which turns office files into PDFs; without it they are not taken.
SOFFICE = env.str("SOFFICE", "soffice")

# --- Polls ----------------------------------------------------------------------------------

# Each server process closes polls at their announced time; off where `manage.py close_due` does.
CLOSE_DUE_IN_SERVER = env.bool("CLOSE_DUE_IN_SERVER", True)

# --- Recordings -----------------------------------------------------------------------------

# Each server process makes the copies that play; off where `manage.py make_copies` does.
COPIES_IN_SERVER = env.bool("COPIES_IN_SERVER", True)

# --- Captions -------------------------------------------------------------------------------

# A program that hears: sound of each camera on its standard input, JSON lines of text on its
# standard output (`creditor_meetings.video.recogniser`). Empty: captions are typed.
CAPTION_COMMAND = env.str("CAPTION_COMMAND", "")

# --- Security -------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
CSRF_FAILURE_VIEW = "creditor_meetings.cases.middleware.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# With TLS in front, browsers are told never to come without it again; health checks may.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 60 * 60 * 24 * 365 if SESSION_COOKIE_SECURE else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SESSION_COOKIE_SECURE
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", SESSION_COOKIE_SECURE)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics"]
# Entering a domain into browsers' preload lists is its owner's decision, not this program's.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)

# --- Evidence -------------------------------------------------------------------------------

# An RFC 3161 server that timestamps signed heads of ledgers; empty for none.
TIMESTAMP_URL = env.str("TIMESTAMP_URL", "")
# Papers are signed with this certificate and key (PEM); without them with one made on first use.
SIGNING_CERTIFICATE = env.str("SIGNING_CERTIFICATE", "")
SIGNING_KEY = env.str("SIGNING_KEY", "")

# --- Log ------------------------------------------------------------------------------------

# One line an entry, without anybody's data: "text" to read, "json" for what collects logs.
LOG_FORMAT = env.str("LOG_FORMAT", "text")
try:
    LOGGING = log_lines.settings_for(LOG_FORMAT, env.str("LOG_LEVEL", "INFO"))
except ValueError as _wrong:
    raise ImproperlyConfigured(str(_wrong)) from None

# --- Watching -------------------------------------------------------------------------------

# Whoever brings it may read /metrics; without one only this machine itself may.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

from creditor_meetings.config.signin import *  # noqa: E402,F403  sign-in and messages by e-mail and SMS
