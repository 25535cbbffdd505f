"""Settings of sign-in: codes by e-mail and SMS, passwords with a second factor, senders."""

import environ

_env = environ.Env()

LOGIN_URL = "/signin/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/signin/"

# --- Messages -------------------------------------------------------------------------------

# A class with send(message): an SMS provider's goes here.
MESSAGE_SENDER = _env.str("MESSAGE_SENDER", "creditor_meetings.cases.sending.DefaultSender")
MESSAGES_IN_BACKGROUND = True
EMAIL_CONFIGURED = bool(_env.str("EMAIL_URL", ""))
DEFAULT_FROM_EMAIL = _env.str("EMAIL_FROM", "meeting@localhost")
if EMAIL_CONFIGURED:
    vars().update(_env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20

# --- Staff: password and second factor ------------------------------------------------------

# Whoever administers or judges sets up an authenticator or a passkey before anything else.
REQUIRE_STAFF_MFA = _env.bool("REQUIRE_STAFF_MFA", not _env.bool("DEMO", False))

ACCOUNT_ADAPTER = "creditor_meetings.cases.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD: str | None = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

ACCOUNT_FORMS = {"login": "creditor_meetings.cases.account_forms.LoginForm"}

MFA_FORMS = {"add_webauthn": "creditor_meetings.cases.account_forms.AddPasskeyForm"}
MFA_ADAPTER = "creditor_meetings.cases.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the invitation went there
MFA_TOTP_ISSUER = "网络债权人会议"
# One step either way: the phones of a courtroom are not all on the second.
MFA_TOTP_TOLERANCE = 1
# Browsers give passkeys on https, and on localhost; WebAuthn checks the origin itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _env.bool("DEMO", False) or _env.bool("DEBUG", False)

if _env.bool("BEHIND_PROXY", False):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

# --- Languages ------------------------------------------------------------------------------

LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
