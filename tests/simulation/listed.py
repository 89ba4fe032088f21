"""A stand-in for the published list: its numbers and industry labels, without its names."""

from typing import NamedTuple

COUNTS = {
    "水泥制造行业": 32,
    "钢铁行业": 9,
    "电解铝行业": 3,
    "玻璃及玻璃制品制造业": 24,
    "造纸与纸制品生产业": 8,
    "化工行业": 58,
    "生活垃圾焚烧行业": 7,
    "机械设备制造业": 46,
    "电子设备制造业": 21,
    "食品、烟草及酒、饮料和精制茶生产行业": 13,
    "其他有色金属冶炼和压延加工业": 15,
    "石油化工行业": 1,
    "石油和天然气生产行业": 7,
    "陶瓷生产行业": 7,
    "其他行业": 57,
}


class Listed(NamedTuple):
    number: int
    name: str
    district: str
    industry: str


def listed() -> list[Listed]:
    labels = [label for label, count in COUNTS.items() for _ in range(count)]
    return [Listed(n, f"合成单位{n:03d}", "涪陵区", label) for n, label in enumerate(labels, 1)]
