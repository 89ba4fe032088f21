"""What the methods are called, in Chinese and English."""

METHOD_TITLES = {
    "benchmark": ("行业基准线法", "Benchmark"),
    "historical_intensity": ("历史排放强度下降法", "Historical intensity"),
    "historical_total": ("历史排放总量下降法", "Historical total"),
    "equal_amount": ("等量法", "Equal amount"),
}
