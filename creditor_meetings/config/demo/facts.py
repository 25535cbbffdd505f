"""What is assumed of the demo's debtor; everything else is computed from the claims table."""

from dataclasses import dataclass
from datetime import date

CASE_NUMBER = "(2022)浙0381破示12号"
DEBTOR = "示例包装有限公司"
COURT = "示例市人民法院"
ADMINISTRATOR = "示例律师事务所"
PANEL = "审判长 郑明之、审判员 柳若谷、审判员 苏令仪"
CLERK = "贺知微"

ACCEPTED = date(2022, 6, 30)
APPOINTED = date(2022, 7, 5)
TAKEN_OVER = date(2022, 7, 12)
FILING_DEADLINE = date(2022, 9, 9)
FIRST_MEETING = date(2022, 9, 28)


@dataclass(frozen=True)
class Asset:
    """A group of the debtor's assets (fen): what the books say, what the appraisal found."""

    name: str
    detail: str
    place: str
    book_fen: int
    appraised_fen: int
    way: str


MORTGAGED = (
    Asset(
        "一号厂区厂房及土地使用权",
        "厂房五幢，建筑面积 38,462.18 平方米；土地 41,205.60 平方米",
        "示例市示范经济开发区纸业路 12 号",
        74_318_200_00,
        86_420_000_00,
        "网络司法拍卖",
    ),
    Asset(
        "二号厂区厂房及土地使用权",
        "厂房二幢，建筑面积 17,930.45 平方米；土地 20,114.00 平方米",
        "示例市示范经济开发区瓦楞路 7 号",
        39_652_740_00,
        41_860_000_00,
        "网络司法拍卖",
    ),
)

FREE = (
    Asset("货币资金", "管理人账户余额", "示例农村商业银行", 3_186_452_17, 3_186_452_17, "无需变价"),
    Asset(
        "机器设备",
        "瓦楞纸板生产线、六色印刷机、模切机等 86 台（套）",
        "一号厂区、二号厂区",
        42_675_310_00,
        21_364_800_00,
        "网络拍卖，与厂房分别打包",
    ),
    Asset(
        "存货",
        "原纸 1,263 吨、油墨及辅料、在制品与成品纸箱",
        "一号厂区三号仓库",
        9_842_117_36,
        3_915_260_00,
        "网络变卖，易损耗部分先行变卖",
    ),
    Asset(
        "应收账款",
        "客户 187 户，账龄一年以内的占 46%",
        "账簿及对账函",
        68_231_904_55,
        24_560_000_00,
        "催收、诉讼；届满一年仍未收回的打包拍卖",
    ),
    Asset("运输车辆", "货车 9 辆、叉车 3 辆", "一号厂区", 2_316_480_00, 684_500_00, "网络拍卖"),
    Asset(
        "商标及专利",
        "注册商标 4 件、实用新型专利 11 件",
        "国家知识产权局登记",
        0,
        1_260_000_00,
        "网络拍卖",
    ),
    Asset(
        "长期股权投资",
        "示例农村商业银行股份 300 万股",
        "示例市",
        6_000_000_00,
        8_730_000_00,
        "网络拍卖，不限制竞买资格",
    ),
)

# What it costs to turn the mortgaged property into money, taxes included: parts per 1,000.
COLLATERAL_COST_PER_MILLE = 92

COURT_FEE_FEN = 300_000_00
OTHER_COSTS = (
    ("审计、评估费用", 680_000_00),
    ("财产管理、变价费用", 1_126_340_00),
    ("公告、送达、会议及档案费用", 218_600_00),
)
COMMON_BENEFIT_DEBTS = (
    ("留守人员劳动报酬和社会保险费用", 486_200_00),
    ("继续履行合同所生债务（水、电、仓储）", 312_755_40),
)

# The Supreme People's Court's scale of the administrator's fee (2007, art 2): up to which
# amount of unsecured property (yuan), how many parts per 1,000.
FEE_SCALE: tuple[tuple[int | None, int], ...] = (
    (1_000_000, 120),
    (5_000_000, 100),
    (10_000_000, 80),
    (50_000_000, 60),
    (100_000_000, 30),
    (500_000_000, 10),
    (None, 5),
)
