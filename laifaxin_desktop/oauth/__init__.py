"""Microsoft sign-in (OAuth 2.0): browser, device code, refresh tokens; msal is imported in `entra`.

`microsoft.Microsoft` implements the shape `engine.ports.OAuth`. Tokens are opaque here and never
leave but as `Secret`; every failure leaves as a MailError of stage sign_in.
"""
