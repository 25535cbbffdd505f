"""Settings of sign-in: codes by e-mail and SMS, passwords with a second factor, senders."""

ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone"]
ACCOUNT_EMAIL_VERIFICATION = "none"
