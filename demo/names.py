"""Name things: the streets and communities are real, everything else is invented in the manner of the place."""

from __future__ import annotations

from random import Random

STREETS = {"210681001": "大东街道", "210681002": "新兴街道", "210681003": "新城街道"}

COMMUNITIES = {
    "210681001001": "花园社区",
    "210681001002": "公安社区",
    "210681001003": "桥东社区",
    "210681001004": "育才社区",
    "210681001005": "向阳社区",
    "210681001006": "新华社区",
    "210681001007": "海关社区",
    "210681002001": "友好社区",
    "210681002005": "碧海社区",
    "210681002006": "大海社区",
    "210681002007": "银河社区",
    "210681002008": "东兴园社区",
    "210681002009": "兴海社区",
    "210681002010": "新港社区",
    "210681003001": "柞木社区",
    "210681003002": "新沟北社区",
    "210681003005": "港北社区",
    "210681003006": "滨海社区",
}
"""Names and 12-digit codes of the statistical register of 2023; where they lie in the demo city is invented."""

PLACES = (
    "210681001007", "210681001004", "210681001001",
    "210681001006", "210681001002", "210681001005",
    "210681002006", "210681002001", "210681001003",
    "210681002005", "210681002007", "210681002008",
    "210681003005", "210681002009", "210681002010",
    "210681003006", "210681003002", "210681003001",
)  # fmt: skip
"""Which community lies where: six columns from west to east, in each the shore first."""

OF_THE_REPORT = {"210681001002": "鼎林华庭", "210681001003": "如锦江畔", "210681001001": "太平湖小区"}
"""Compounds that the report on Donggang names, in the community it names or one that fits."""

FIRST = [
    "锦绣",
    "阳光",
    "海韵",
    "金港",
    "银海",
    "丽景",
    "东方",
    "翠湖",
    "滨江",
    "江畔",
    "观海",
    "望海",
    "福安",
    "祥和",
    "怡景",
    "瑞丰",
    "盛世",
    "天成",
    "龙源",
    "鑫港",
    "碧水",
    "蓝湾",
    "晨光",
    "春晖",
    "秋实",
    "梧桐",
    "海棠",
    "银杏",
    "枫林",
    "松涛",
    "柳岸",
    "荷塘",
    "和谐",
    "康居",
    "安居",
    "幸福",
    "团结",
    "光明",
    "永安",
    "长兴",
    "东海",
    "北港",
    "新港",
    "渔港",
    "帆影",
    "听涛",
    "海天",
    "星河",
    "明珠",
    "紫金",
]
LAST = ["花园", "小区", "家园", "华庭", "新苑", "嘉园", "名邸", "新村", "公馆", "雅居"]
OLDER = [
    "机械厂",
    "造船厂",
    "粮食局",
    "水产公司",
    "纺织厂",
    "供销社",
    "盐场",
    "食品厂",
    "港务局",
    "建材厂",
    "丝绸厂",
    "农机厂",
]
ROADS = [
    "迎宾大街",
    "人民大街",
    "中兴大街",
    "江海大街",
    "东港路",
    "大东路",
    "新兴路",
    "海关路",
    "兴海路",
    "桥东路",
    "公安路",
    "育才路",
    "向阳路",
    "新华路",
    "花园路",
    "银河路",
    "碧海路",
    "友好路",
    "滨海路",
    "港北路",
    "柞木路",
    "新沟路",
    "振兴路",
    "建设路",
    "解放路",
    "胜利路",
    "文化路",
    "体育路",
    "工业路",
    "朝阳路",
    "和平路",
    "黄海大道",
    "鸭绿江大道",
    "渔港路",
    "船厂路",
    "商贸路",
    "学府路",
    "康宁路",
    "福民路",
    "永昌路",
]


def compound_names(communities: list[str], random: Random) -> list[str]:
    """A name for each compound, given each one's community; no two alike."""
    invented = [a + b for a in FIRST for b in LAST]
    random.shuffle(invented)
    invented = [f"{place}家属院" for place in OLDER] + invented[: len(communities)]
    random.shuffle(tail := invented[len(OLDER) :])
    pool = invented[: len(OLDER)] + tail
    random.shuffle(pool)
    named = dict(OF_THE_REPORT)
    return [named.pop(code, None) or pool.pop() for code in communities]
