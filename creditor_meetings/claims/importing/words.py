"""The words of claims tables for natures and conclusions, as administrators write them."""

from creditor_meetings.claims.models import Conclusion, Nature

NATURES = {
    "普通债权": Nature.ORDINARY,
    "普通": Nature.ORDINARY,
    "无财产担保债权": Nature.ORDINARY,
    "有财产担保债权": Nature.SECURED,
    "有财产担保": Nature.SECURED,
    "有担保债权": Nature.SECURED,
    "担保债权": Nature.SECURED,
    "抵押债权": Nature.SECURED,
    "建设工程价款优先受偿权": Nature.CONSTRUCTION,
    "建设工程价款优先债权": Nature.CONSTRUCTION,
    "建设工程优先债权": Nature.CONSTRUCTION,
    "工程款优先债权": Nature.CONSTRUCTION,
    "职工债权": Nature.EMPLOYEE,
    "税款债权": Nature.TAX,
    "税收债权": Nature.TAX,
    "社会保险债权": Nature.SOCIAL_INSURANCE,
    "社会保险费用债权": Nature.SOCIAL_INSURANCE,
    "社保债权": Nature.SOCIAL_INSURANCE,
    "劣后债权": Nature.SUBORDINATED,
    "小额债权": Nature.SMALL,
    "出资人": Nature.INVESTOR,
    "出资人权益": Nature.INVESTOR,
}
CONCLUSIONS = {
    "确认": Conclusion.CONFIRMED,
    "全部确认": Conclusion.CONFIRMED,
    "予以确认": Conclusion.CONFIRMED,
    "部分确认": Conclusion.PARTLY_CONFIRMED,
    "部分予以确认": Conclusion.PARTLY_CONFIRMED,
    "暂缓确认": Conclusion.UNDETERMINED,
    "待确认": Conclusion.UNDETERMINED,
    "待定": Conclusion.UNDETERMINED,
    "不予确认": Conclusion.REJECTED,
    "不确认": Conclusion.REJECTED,
}
