"""The roles of the market, as the law names them."""

from enum import StrEnum


class Role(StrEnum):
    """Who a person may act as. The words are the ones shown to people."""

    CITY_BUREAU = "city_bureau"
    DISTRICT_BUREAU = "district_bureau"
    REGISTRY_OPERATOR = "registry_operator"
    EXCHANGE_OPERATOR = "exchange_operator"
    VERIFICATION_BODY = "verification_body"
    KEY_EMITTING_ENTITY = "key_emitting_entity"
    PLATFORM_OPERATOR = "platform_operator"
    PROJECT_OWNER = "project_owner"
    INVESTOR = "investor"
    BANK = "bank"
    MARKET_CLOCK = "market_clock"


TITLES: dict[Role, tuple[str, str]] = {
    Role.CITY_BUREAU: ("市生态环境局", "City bureau"),
    Role.DISTRICT_BUREAU: ("区县生态环境局", "District bureau"),
    Role.REGISTRY_OPERATOR: ("注册登记机构", "Registry operator"),
    Role.EXCHANGE_OPERATOR: ("交易机构", "Exchange operator"),
    Role.VERIFICATION_BODY: ("核查技术服务机构", "Verification body"),
    Role.KEY_EMITTING_ENTITY: ("重点排放单位", "Key emitting entity"),
    Role.PLATFORM_OPERATOR: ("碳惠通平台运营主体", "Platform operator"),
    Role.PROJECT_OWNER: ("项目业主", "Project owner"),
    Role.INVESTOR: ("机构投资者", "Institutional investor"),
    Role.BANK: ("结算银行", "Settlement bank"),
    Role.MARKET_CLOCK: ("系统时钟", "The market's clock"),
}
