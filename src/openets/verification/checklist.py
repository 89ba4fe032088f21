"""What the document review (文件评审) goes through, item by item. Pure."""

ITEMS = {
    "boundary": (
        "核算边界和排放源与实际一致",
        "The boundary and the sources are those of the entity",
    ),
    "activity": (
        "活动数据与台账、结算凭证一致",
        "Activity data agree with ledgers and settlement slips",
    ),
    "factors": (
        "排放因子和实测值有依据",
        "Factors and measured values have their basis",
    ),
    "calculation": ("计算方法和结果正确", "Formulas and results are right"),
    "production": (
        "产量、生产和停产天数与生产记录一致",
        "Output and days agree with the production records",
    ),
    "quality": (
        "数据质量控制计划得到执行",
        "The plan for data quality is followed",
    ),
}
"""Item to its words; each is marked before the work may be reviewed."""
