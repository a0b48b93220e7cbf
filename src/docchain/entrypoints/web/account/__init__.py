"""The account page: sign in, second factors, passkeys, sessions; one page, one style sheet, one script of our own."""
