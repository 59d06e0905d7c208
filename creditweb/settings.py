"""All settings, in one file. What differs between installations comes from the environment."""

from pathlib import Path

import structlog
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from creditweb import demo_logins, env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- the installation ---------------------------------------------------------------------------

ENVIRONMENT = env.choice("CREDITWEB_ENVIRONMENT", ("production", "demo", "test"), "production")
DEMO = ENVIRONMENT == "demo"
DEMO_LOGINS = demo_logins.DEMO_LOGINS if DEMO else {}
DEMO_PASSWORD = demo_logins.DEMO_PASSWORD if DEMO else ""
# The strictest jurisdiction is the default; it switches behavioural evidence off.
JURISDICTION = env.choice(
    "CREDITWEB_JURISDICTION",
    ("eu", "us", "other", "demo"),
    "eu" if ENVIRONMENT == "production" else "demo",
)
if ENVIRONMENT == "production" and JURISDICTION == "demo":
    raise ImproperlyConfigured(
        "The demo jurisdiction cannot run in production; choose eu, us or other."
    )

DEBUG = False
SECRET_KEY = env.text("CREDITWEB_SECRET_KEY")
FIELD_KEY = env.key("CREDITWEB_FIELD_KEY")  # personal data columns
INDEX_KEY = env.key("CREDITWEB_INDEX_KEY")  # blind index of personal data
MEDIA_KEY = env.key("CREDITWEB_MEDIA_KEY")  # wraps the data key of each session
AUDIT_KEY = env.key("CREDITWEB_AUDIT_KEY")  # chains the audit rows

ALLOWED_HOSTS = env.names("CREDITWEB_ALLOWED_HOSTS", "*" if ENVIRONMENT != "production" else "")
CSRF_TRUSTED_ORIGINS = env.names("CREDITWEB_TRUSTED_ORIGINS")

# --- applications -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "creditweb.apps.CreditwebConfig",
    "media_processing",
    "scoring",
    "applicants",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "crispy_forms",
    "crispy_bootstrap5",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "creditweb.middleware.RequestLog",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "creditweb.middleware.storable_query",
    "creditweb.middleware.asked_language",
    "creditweb.middleware.officer_time_zone",
    "creditweb.middleware.response_headers",
    "axes.middleware.AxesMiddleware",
    "creditweb.subjects.opened.recorded_readings",
]

ROOT_URLCONF = "creditweb.urls"
ASGI_APPLICATION = "creditweb.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "creditweb.context.product",
            ],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        **env.postgres("DATABASE_URL"),
        # Every request has a thread of its own under ASGI, which nobody comes back to: what it
        # left open would count against Postgres' limit until the garbage collector finds it.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "creditweb.redis_cache.SharedRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "creditweb",
    }
}

MEDIA_STORAGE_URL = env.text("MEDIA_STORAGE_URL")
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.InMemoryStorage"
    },  # recordings never pass Django's own storage
    "staticfiles": {"BACKEND": "creditweb.static_files.HashedStaticFiles"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- people -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "applicants.Officer"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "applicants.passwords.TokensEndWithPassword"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "scoring:home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

if ENVIRONMENT == "production":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- browser ------------------------------------------------------------------------------------

SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["creditweb.formats"]
USE_TZ = True
TIME_ZONE = env.text("CREDITWEB_TIME_ZONE", "UTC")

# --- API ----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "applicants.api.authentication.BearerTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "applicants.api.pagination.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "applicants.api.parsers.BoundedJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
    # Strangers are told apart by the address that the server saw, not by one that they name.
    "NUM_PROXIES": 0,
    "EXCEPTION_HANDLER": "applicants.api.errors.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "creditweb",
    "VERSION": "1",
    "DESCRIPTION": "Applicants, applications, recordings, observations, scores and reviews.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"CreditClassEnum": "scoring.models.revision.CreditClass.choices"},
}

# --- background work: Postgres is the truth, the broker only a bell -------------------------------

CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A live worker loads its networks before it takes work (media_processing/warm_up.py).
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 1500
CELERY_TASK_TIME_LIMIT = 1560
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1800,
    # kombu's own sweep takes 100 s; these two bring an orphaned message back within seconds.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 3_000_000  # KiB
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "scoring"
CELERY_TASK_ROUTES = {
    "media_processing.tasks.run_stage": {"queue": "media"},
    "media_processing.tasks.watch_live": {"queue": "live"},
    "scoring.training_tasks.*": {"queue": "training"},
}
CELERY_BEAT_SCHEDULE = {
    "sweep-stages": {"task": "media_processing.tasks.sweep", "schedule": 15.0},
    "remove-expired-uploads": {
        "task": "media_processing.tasks.remove_expired_uploads",
        "schedule": 3600.0,
    },
    "end-abandoned-captures": {
        "task": "media_processing.tasks.end_abandoned_captures",
        "schedule": 600.0,
    },
    "erase-unconsented": {
        "task": "media_processing.tasks.erase_unconsented",
        "schedule": 3600.0,
    },
    "catch-up-on-batches": {"task": "scoring.tasks.catch_up_on_batches", "schedule": 15.0},
    "remove-expired-batches": {"task": "scoring.tasks.remove_expired_batches", "schedule": 3600.0},
    "remove-expired-evaluation-keys": {
        "task": "scoring.tasks.remove_expired_evaluation_keys",
        "schedule": 3600.0,
    },
    "catch-up-on-scores": {"task": "scoring.tasks.catch_up", "schedule": 20.0},
    "sweep-bureau-enquiries": {"task": "scoring.tasks.sweep_bureau", "schedule": 15.0},
    "explain-older-scores": {"task": "scoring.tasks.explain_older", "schedule": 60.0},
    "sweep-training": {"task": "scoring.tasks.sweep_training", "schedule": 15.0},
    "check-proof-of-value": {"task": "scoring.tasks.check_proof", "schedule": 24 * 3600.0},
    "rescore-portfolio": {
        "task": "scoring.tasks.rescore_portfolio",
        "schedule": crontab(hour="1", minute="30"),
    },
    "continue-portfolio": {"task": "scoring.tasks.continue_portfolio", "schedule": 300.0},
    "monitor-scores": {"task": "scoring.tasks.monitor", "schedule": 24 * 3600.0},
    "catch-up-on-exports": {"task": "creditweb.tasks.catch_up_on_exports", "schedule": 30.0},
    "remove-expired-exports": {
        "task": "creditweb.tasks.remove_expired_exports",
        "schedule": 3600.0,
    },
    "apply-retention": {
        "task": "creditweb.tasks.apply_retention",
        "schedule": crontab(hour="2", minute="30"),
    },
    "erase-withdrawn-evidence": {"task": "scoring.tasks.erase_withdrawn", "schedule": 900.0},
}

# A stage belongs to its worker for LEASE_S; a thread extends it every HEARTBEAT_S while it works,
# and sees as soon that it was cancelled.
STAGE_LEASE_S = 30
STAGE_HEARTBEAT_S = 2
STAGE_STALL_S = 120
STAGE_MAX_ATTEMPTS = 3
STAGE_REPUBLISH_AFTER_S = 30

# --- recording live -------------------------------------------------------------------------------

LIVE_MAX_S = 1800
LIVE_CHUNK_MS = 1000
LIVE_CHUNK_MAX_BYTES = 4 * 1024**2
# A worker that is lost while people talk is replaced after one short lease.
LIVE_LEASE_S = 6
LIVE_HEARTBEAT_S = 1
# Without a chunk for so long the worker is given back; the next chunk calls for one.
LIVE_IDLE_S = 60
# So often the live pass looks for chunks, and so often it may move the score.
LIVE_POLL_S = 0.2
LIVE_PROVISIONAL_EVERY_S = 10
# How far pictures may be behind what came before some, and before more, are shed.
LIVE_SHED_AFTER_S = 3
LIVE_SHED_MORE_AFTER_S = 6
# So much of an interview may wait to be decoded before all pictures but keyframes are skipped.
LIVE_SKIP_AFTER_S = 4
# A browser may come back with what it kept for as long as this; then what came is closed.
LIVE_ABANDONED_AFTER_S = 24 * 3600
# So many event streams one officer may hold: as many as a browser opens of one site.
EVENT_STREAMS_PER_OFFICER = 6
# No recording is open for longer, whatever comes: nobody can decide meanwhile.
LIVE_OPEN_AT_MOST_S = 48 * 3600

# --- credit bureau -------------------------------------------------------------------------------

# How a letter to an applicant names the lender, and where to ask; empty: the branch.
LENDER_NAME = env.text("CREDITWEB_LENDER_NAME", "")
LENDER_CONTACT = env.text("CREDITWEB_LENDER_CONTACT", "")

# A bank's own bureau as package.module.Adapter; see docs/guides/bureau.md.
BUREAU_ADAPTER = env.text("CREDITWEB_BUREAU_ADAPTER", "")
# What scoring.bureau_file.FileBureau reads.
BUREAU_FILE = env.text("CREDITWEB_BUREAU_FILE", "")

# --- the installation's own networks and estimators ----------------------------------------------

# Read by the site and written by workers too: one folder of each for all of them.
_STATE_DIR = Path(env.text("CREDITWEB_STATE_DIR", str(BASE_DIR / ".local")))
OWN_WEIGHTS_DIR = Path(env.text("CREDITWEB_OWN_WEIGHTS_DIR", str(_STATE_DIR / "own_weights")))
OWN_ESTIMATORS_DIR = Path(
    env.text("CREDITWEB_OWN_ESTIMATORS_DIR", str(_STATE_DIR / "own_estimators"))
)
# A network may come into force after it was compared on so many recordings, a scorecard after so
# many scores.
SHADOW_MIN_RECORDINGS = env.integer("CREDITWEB_SHADOW_MIN_RECORDINGS", 20)
SHADOW_MIN_SCORES = env.integer("CREDITWEB_SHADOW_MIN_SCORES", 50)

# --- uploads ------------------------------------------------------------------------------------

UPLOAD_MAX_BYTES = env.integer("CREDITWEB_UPLOAD_MAX_BYTES", 2 * 1024**3)
TABLE_MAX_BYTES = env.integer("CREDITWEB_TABLE_MAX_BYTES", 256 * 1024**2)
UPLOAD_CHUNK_MAX_BYTES = 16 * 1024**2
# Evaluation keys take up to 260 MB of the web process' memory while they are taken in.
KEY_UPLOADS_AT_ONCE = 2
KEY_UPLOADS_PER_HOUR = env.integer("CREDITWEB_KEY_UPLOADS_PER_HOUR", 10)
UPLOAD_EXPIRES_S = 24 * 3600
UPLOADS_PER_OFFICER_AND_HOUR = env.integer("CREDITWEB_UPLOADS_PER_HOUR", 60)
DISK_REFUSE_BELOW_SHARE = 0.05
# A stranger sends no longer a body than the form of the sign-in.
STRANGERS_BODY_MAX_BYTES = 64 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
# A piece of a resumable upload stays in memory until it is sealed. What is larger, a table or a
# batch, meets the disk under a key of its own that stays in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_CHUNK_MAX_BYTES
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "creditweb.uploads.SealedUploadHandler",
]

# --- rights of people, and how long data is kept -------------------------------------------------

# Days from which each kind of data is deleted by the nightly task (docs/guides/subject_rights.md).
RETENTION_DAYS = {
    "recordings": env.integer("CREDITWEB_KEEP_RECORDINGS_DAYS", 30),
    "observations": env.integer("CREDITWEB_KEEP_OBSERVATIONS_DAYS", 180),
    "decisions": env.integer("CREDITWEB_KEEP_DECISIONS_DAYS", 760),
    "tables": env.integer("CREDITWEB_KEEP_TABLES_DAYS", 365),
}
# Of an approved loan the days count from the end of its term, or it is kept always.
KEEP_APPROVED = env.choice("CREDITWEB_KEEP_APPROVED", ("term", "always"), "term")
SUBJECT_EXPORT_DAYS = env.integer("CREDITWEB_SUBJECT_EXPORT_DAYS", 7)
SUBJECT_EXPORTS_PER_HOUR = 10

# --- batches of applicants ------------------------------------------------------------------------

BATCH_MAX_BYTES = env.integer("CREDITWEB_BATCH_MAX_BYTES", 1000**3)
BATCH_MAX_ROWS = env.integer("CREDITWEB_BATCH_MAX_ROWS", 5_000_000)
BATCH_MAX_CHARACTERS = 4 * 1024**3  # of text, once unpacked
BATCH_RETENTION_DAYS = env.integer("CREDITWEB_BATCH_RETENTION_DAYS", 7)
BATCHES_OPEN_PER_OFFICER = 5
BATCH_LEASE_S = 120
BATCH_MAX_ATTEMPTS = 3
# So many pieces wait or run at once; the rest of the queue comes in between.
BATCH_CHUNKS_AT_ONCE = 4
BATCH_RING_AGAIN_S = 60

# --- logs ---------------------------------------------------------------------------------------

SILENCED_SYSTEM_CHECKS = ["axes.W001"]
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    # At their finest these two write template contexts and SQL values, which are personal data.
    "loggers": {
        "django.template": {"level": "INFO"},
        "django.db.backends": {"level": "INFO"},
    },
    "root": {"handlers": ["console"], "level": env.text("CREDITWEB_LOG_LEVEL", "WARNING")},
}
