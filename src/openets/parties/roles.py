"""The roles of the market, as the law names them."""

from enum import StrEnum


class Role(StrEnum):
    """Who a person may act as. The words are the ones shown to people."""

    CITY_BUREAU = "city_bureau"
    DISTRICT_BUREAU = "district_bureau"
    MINISTRY = "ministry"
    FINANCE_BUREAU = "finance_bureau"
    STATISTICS_BUREAU = "statistics_bureau"
    MARKET_REGULATOR = "market_regulator"
    FINANCIAL_REGULATOR = "financial_regulator"
    SECTOR_DEPARTMENT = "sector_department"
    REGISTRY_OPERATOR = "registry_operator"
    EXCHANGE_OPERATOR = "exchange_operator"
    VERIFICATION_BODY = "verification_body"
    VALIDATION_VERIFICATION_BODY = "validation_verification_body"
    SCHEME_ADMINISTRATOR = "scheme_administrator"
    PLATFORM_OPERATOR = "platform_operator"
    KEY_EMITTING_ENTITY = "key_emitting_entity"
    PROJECT_OWNER = "project_owner"
    INVESTOR = "investor"
    INDIVIDUAL = "individual"
    BANK = "bank"
    MARKET_CLOCK = "market_clock"
    PUBLIC = "public"


PARTICIPANTS = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)
"""Who may hold a trading account. Source: CQETS-16."""

STAFF = (
    Role.CITY_BUREAU,
    Role.DISTRICT_BUREAU,
    Role.MINISTRY,
    Role.REGISTRY_OPERATOR,
    Role.EXCHANGE_OPERATOR,
    Role.SCHEME_ADMINISTRATOR,
    Role.PLATFORM_OPERATOR,
)
"""Whose people must not trade. Source: CQVER-37, CNETS-12.2."""

TITLES: dict[Role, tuple[str, str]] = {
    Role.CITY_BUREAU: ("市生态环境局", "City bureau"),
    Role.DISTRICT_BUREAU: ("区县生态环境局", "District bureau"),
    Role.MINISTRY: ("生态环境部", "Ministry"),
    Role.FINANCE_BUREAU: ("财政部门", "Finance bureau"),
    Role.STATISTICS_BUREAU: ("统计部门", "Statistics bureau"),
    Role.MARKET_REGULATOR: ("市场监管部门", "Market regulator"),
    Role.FINANCIAL_REGULATOR: ("金融监管部门", "Financial regulator"),
    Role.SECTOR_DEPARTMENT: ("行业主管部门", "Sector department"),
    Role.REGISTRY_OPERATOR: ("注册登记机构", "Registry operator"),
    Role.EXCHANGE_OPERATOR: ("交易机构", "Exchange operator"),
    Role.VERIFICATION_BODY: ("核查技术服务机构", "Verification body"),
    Role.VALIDATION_VERIFICATION_BODY: ("审定与核查机构", "Validation and verification body"),
    Role.SCHEME_ADMINISTRATOR: ("管理服务机构", "Scheme administrator"),
    Role.PLATFORM_OPERATOR: ("碳惠通平台运营主体", "Platform operator"),
    Role.KEY_EMITTING_ENTITY: ("重点排放单位", "Key emitting entity"),
    Role.PROJECT_OWNER: ("项目业主", "Project owner"),
    Role.INVESTOR: ("机构投资者", "Institutional investor"),
    Role.INDIVIDUAL: ("个人", "Individual"),
    Role.BANK: ("结算银行", "Settlement bank"),
    Role.MARKET_CLOCK: ("系统时钟", "The market's clock"),
    Role.PUBLIC: ("社会公众", "Public"),
}
