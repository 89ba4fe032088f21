"""Who acts: a person, in a role, for an organisation."""

from dataclasses import dataclass

from openets.kernel.refusal import Refusal


class NotYourRole(Refusal):
    """The operation belongs to other roles."""

    code = "not_your_role"
    zh = "“{role}”角色无权办理此事项，须由 {allowed} 办理"
    en = "The role “{role}” may not do this; it belongs to {allowed}"
    remedy_zh = "请使用有权限的角色登录，或联系主管部门"
    remedy_en = "Sign in with a role that may, or ask the competent authority"


@dataclass(frozen=True, slots=True)
class Acting:
    """The person answering for an operation. Operations take it as `acting`; none goes without."""

    person: str
    role: str
    organisation: str

    def must_be(self, *roles: str, article: str) -> None:
        """Refuse unless acting in one of `roles`.

        Raises:
            NotYourRole: with the article that reserves the operation.
        """
        if self.role not in roles:
            raise NotYourRole(role=self.role, allowed=", ".join(roles), article=article)

    def as_json(self) -> dict[str, str]:
        """Shape in the journal and in case trails."""
        return {"person": self.person, "role": self.role, "organisation": self.organisation}
