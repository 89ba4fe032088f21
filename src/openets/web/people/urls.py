"""Addresses of the sign-in, of one's own account, and of organisations.

Some have a second name, by which allauth leads there.
"""

from django.urls import path, re_path

from openets.web.guards import known, public
from openets.web.people import accounts, organisations

sign_in = public(accounts.SignIn.as_view())
change_password = known(accounts.ChangePassword.as_view())
new_password = public(accounts.NewPassword.as_view())

urlpatterns = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-in", sign_in, name="account_login"),
    path("sign-out", accounts.sign_out, name="sign_out"),
    path("demo/sign-in", accounts.demo_sign_in, name="demo_sign_in"),
    path("act-as", accounts.act_as, name="act_as"),
    path("account", accounts.account, name="account"),
    path("account/password", change_password, name="account_change_password"),
    path("account/sessions/end", accounts.end_sessions, name="end_sessions"),
    path("account/tokens/<int:number>/revoke", accounts.revoke_token, name="revoke_token"),
    path("invitation/<str:secret>", accounts.invitation, name="invitation"),
    path("password", public(accounts.Forgotten.as_view()), name="account_reset_password"),
    path(
        "password/sent",
        public(accounts.ForgottenSent.as_view()),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        new_password,
        name="account_reset_password_from_key",
    ),
    path(
        "password/set",
        public(accounts.NewPasswordSet.as_view()),
        name="account_reset_password_from_key_done",
    ),
    path("organisations", organisations.directory, name="organisations"),
    path("organisations/new", organisations.register, name="register_organisation"),
    path("organisations/<str:code>", organisations.organisation, name="organisation"),
    path("organisations/<str:code>/people/<str:username>", organisations.member, name="member"),
]
