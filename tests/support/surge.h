// SPDX-License-Identifier: Apache-2.0
// Invented requests of a district: ordinary days, and what may be hidden in one of them: a typhoon
// night (400 callers, all over the district, about anything a storm does) and a burst water main (30 callers
// of one neighbourhood). Every text is made from parts of ours by a generator with a fixed seed.
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "src/base/clock.h"

namespace minsheng::surge {

enum class Truth { kOrdinary, kTyphoon, kWaterMain };

struct Call {
  Time at{};
  std::string text;
  std::string caller;
  std::string place_hint{};
  Truth truth = Truth::kOrdinary;
};

// 2015-08-10 00:00 in Asia/Shanghai.
inline const Time kDay = FromMs(1'439'136'000'000);

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  // An ordinary day: `n` calls, most of them between 8 and 20 o'clock; some matters have two or three callers.
  std::vector<Call> OrdinaryDay(Time midnight, int n) {
    std::vector<Call> calls;
    while (static_cast<int>(calls.size()) < n) {
      const std::string text = Ordinary();
      const Time at = midnight + DayTime();
      calls.push_back({at, text, NewCaller(), "", Truth::kOrdinary});
      // A neighbour, or the same citizen again, in the same hours.
      if (Chance(8)) {
        const bool again = Chance(40);
        calls.push_back({at + Minutes(5, 200), again ? text : "也反映一下，" + text + "，不止我一家",
                         again ? calls.back().caller : NewCaller(), "", Truth::kOrdinary});
      }
    }
    calls.resize(static_cast<std::size_t>(n));
    return Sorted(std::move(calls));
  }

  // From `begin` on for ten and a half hours; a third of the calls come in the first two.
  std::vector<Call> TyphoonNight(Time begin, int n) {
    std::vector<Call> calls;
    for (int i = 0; i < n; ++i) {
      const Time at = begin + (i % 3 == 0 ? Minutes(0, 120) : Minutes(0, 630));
      calls.push_back({at, Storm(), NewCaller(), "", Truth::kTyphoon});
    }
    return Sorted(std::move(calls));
  }

  // Within an hour and a half.
  std::vector<Call> WaterMain(Time begin, int n) {
    std::vector<Call> calls;
    for (int i = 0; i < n; ++i) calls.push_back({begin + Minutes(0, 90), Water(), NewCaller(), "", Truth::kWaterMain});
    return Sorted(std::move(calls));
  }

  static std::vector<Call> Sorted(std::vector<Call> calls) {
    std::stable_sort(calls.begin(), calls.end(), [](const Call& a, const Call& b) { return a.at < b.at; });
    return calls;
  }
  static std::vector<Call> Together(std::vector<Call> a, const std::vector<Call>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return Sorted(std::move(a));
  }

  int Number(int below) { return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); }

 private:
  using Words = std::vector<const char*>;

  std::string Pick(const Words& words) { return words[random_() % words.size()]; }
  bool Chance(int percent) { return Number(100) < percent; }
  Millis Minutes(int from, int to) {
    return Millis{(from * 60'000LL) +
                  static_cast<std::int64_t>(random_() % static_cast<std::uint32_t>((to - from) * 60'000))};
  }
  Millis DayTime() {
    if (Chance(12)) return Minutes(0, 24 * 60);
    return Chance(55) ? Minutes(8 * 60, 12 * 60) : Minutes(13 * 60, 20 * 60);
  }
  std::string NewCaller() { return "caller-" + std::to_string(random_()) + "-" + std::to_string(++callers_); }

  std::string Village() {
    return Pick({"红星", "东风", "跃进", "前进", "联丰", "新胜", "万丰", "同乐", "双桥", "永兴",
                 "民主", "光明", "团结", "朝阳", "胜利", "丰收", "友谊", "金星", "长征", "和平"}) +
           "村";
  }
  std::string Estate() {
    return Pick({"幸福", "锦绣", "翠湖", "金色", "阳光", "水岸", "书香", "御景", "丽景", "玫瑰", "枫林", "康居"}) +
           Pick({"花园", "小区", "家园", "新村", "公寓"});
  }
  std::string Town() {
    return Pick(
        {"草堰镇", "白驹镇", "刘庄镇", "西团镇", "小海镇", "大桥镇", "草庙镇", "万盈镇", "南阳镇", "三龙镇", "新丰镇"});
  }
  std::string Road() {
    return Pick({"黄海路", "人民路", "健康路", "金丰路", "常新路", "大新路", "永泰路", "飞达路", "幸福路"});
  }
  std::string Where() {
    switch (Number(6)) {
      case 0:
        return Town() + Village();
      case 1:
        return Village();
      case 2:
        return Road() + Estate();
      case 3:
        return Estate();
      case 4:
        return Town();
      default:
        return Road();
    }
  }
  std::string Start() {
    return Pick({"", "", "你好，", "喂，", "我要反映一下，", "12345吗，", "你们好，", "同志你好，", "反映个事，",
                 "我想说一下，"});
  }
  std::string End() {
    return Pick({"", "", "，请尽快处理", "，麻烦你们管一管", "，希望有人来看看", "，谢谢", "，什么时候能解决",
                 "，反映好几次了", "，拜托了"});
  }
  std::string Ordinary() {
    return Start() + Where() +
           Pick({"的路灯坏了一个多星期没人修",
                 "有人在绿化带里种菜，把树都挖了",
                 "拐角那棵树长得太密，挡住了红绿灯",
                 "楼下烧烤店油烟太大，窗户都不敢开",
                 "门口的垃圾桶满了好几天，臭得很",
                 "对面工地半夜还在打桩，孩子睡不着",
                 "广场舞音响太响，吵到晚上十点",
                 "电动车乱停，把消防通道堵了",
                 "物业收了钱不办事，楼道灯坏了也不换",
                 "三单元的电梯老是坏，老人下不了楼",
                 "下水道堵了，污水冒到路面上",
                 "自来水有股怪味，烧开了也有",
                 "昨天开始停电了一户，说是欠费，可我交过了",
                 "有个井盖松了，车子一过就响",
                 "水泥路面坏了好多坑，骑车容易摔",
                 "公交车一个小时才来一班，能不能加密",
                 "有人养狗不牵绳，吓到小孩",
                 "沿街商户占道经营，人都没法走",
                 "老板欠了我们三个月工资不给",
                 "村里低保评得不公平，条件好的反而有",
                 "承包地的合同一直没有发下来",
                 "宅基地跟邻居有争议，村里不出面",
                 "养猪场的粪水直接排到河里",
                 "请问医保断缴了怎么补",
                 "想问一下养老金什么时候调整",
                 "请问老年卡在哪里办",
                 "幼儿园收费比公示的高",
                 "学校门口放学时间太堵，没有交警",
                 "买的手机是坏的，店家不给退",
                 "快递丢了，站点不肯赔",
                 "村口的小桥栏杆断了，不安全",
                 "河里漂着很多死鱼，水发黑",
                 "有人违章搭建，楼顶加了一层",
                 "房子漏雨，开发商不管维修",
                 "房产证办了两年还没有下来",
                 "出租车不打表，乱要价",
                 "宽带断了三天，打客服没人管",
                 "诊所给我开错了药",
                 "网吧让未成年人进去上网",
                 "健身房关门了，会员费不退",
                 "建议在路口装一个红绿灯",
                 "表扬社区的小王，帮我母亲送药",
                 "秸秆焚烧，烟大得睁不开眼",
                 "小麦补贴今年还没有到账",
                 "燃气灶打不着火，是不是气压不够",
                 "停车位被人装了地锁",
                 "信号塔装在楼顶，大家担心辐射",
                 "路边的变压器嗡嗡响，夜里睡不好",
                 "景区门票老人有没有优惠",
                 "餐馆吃出虫子，要求赔偿"}) +
           Detail() + End();
  }
  // What makes two tellings of the same kind of trouble differ.
  std::string Detail() {
    if (Chance(15)) return "";
    return "，" +
           Pick({"上个月", "前天", "从去年秋天起", "大概半年前", "这个礼拜", "昨天下午", "一直到今天早上", "春节以后",
                 "自打搬来", "有一阵子了，"}) +
           Pick({"我爱人", "隔壁老李", "我母亲", "楼上邻居", "孩子他爸", "我们几户", "店主", "保安", "路过的人",
                 "村里会计", "居委会的人", "房东"}) +
           Pick({"去问过，对方说要等通知", "打过电话，接了就挂", "写过材料，没有下文", "看见了也不作声",
                 "拍了照片可以发给你们", "讲了几次都不听", "差点摔一跤", "说不归他管", "答应改，到现在没动静",
                 "还跟人家吵了一架", "已经受不了要搬走", "去医院花了两百块", "问了镇里说是区里的事", "要我去找厂家"});
  }
  std::string Hurry() {
    return Pick({"", "", "，快派人来", "，怎么办啊", "，救急", "，晚上可怎么办", "，家里还有老人", "，孩子都吓哭了",
                 "，电话打不通抢险的", "，雨还在下", "，风太大了不敢出门", "，水还在涨"});
  }
  std::string Storm() {
    return Pick({"", "", "喂，", "你好，", "求助，", "台风太厉害了，", "雨下得太大了，", "12345吗，"}) +
           Pick({"我们", "我家在", "这里是", "我住", ""}) + Where() +
           Pick({"家里进水了，已经没过脚踝",
                 "一楼全淹了，冰箱都漂起来",
                 "屋里进水，老人和孩子还在房间里",
                 "房子被水淹了，床都泡了",
                 "院子里的水灌到屋里来了",
                 "家中进水，电器都不敢碰",
                 "整片停电了，黑漆漆的",
                 "停电停水，什么都干不了",
                 "停电好几个小时了，老人用着呼吸机",
                 "没电没水，手机也快没电了",
                 "台风把电线刮断了掉在路上",
                 "电线杆倒了，电线拖在水里",
                 "变压器冒火花，然后就没电了",
                 "大树被风刮倒了，把路堵死了",
                 "树倒下来砸在车上",
                 "大树倒在房子上，屋顶压坏了",
                 "屋顶被台风掀掉了，雨直接下到屋里",
                 "农田全被淹了，水稻泡在水里",
                 "大棚被风吹塌了，蔬菜都泡了水",
                 "鱼塘漫了，鱼都跑光了",
                 "河水漫上来了，快到门口",
                 "河堤快要决口了，水位一直在涨",
                 "路上积水到膝盖，车子熄火在水里",
                 "地下车库进水，车都淹了",
                 "立交桥下面积水，几辆车泡在里面",
                 "围墙被风吹倒了，压到电瓶车",
                 "广告牌被风刮下来，挂在半空",
                 "水涨得很快，我们被困在楼上",
                 "老人被困在屋里，水齐腰了",
                 "泵站没有开机，水排不出去"}) +
           Hurry();
  }
  std::string Water() {
    const std::string where = Pick({"大中街道幸福路翠湖花园", "幸福路翠湖花园", "翠湖花园", "翠湖花园这边",
                                    "大中街道翠湖花园三期", "幸福路翠湖花园门口"});
    return Start() + where +
           Pick({"停水了，一滴水都没有", "没有水了，水管爆了吧", "门口自来水管爆了，水冒到路上", "突然停水，没有通知",
                 "自来水主管爆裂，家里没水", "没水用，早饭都做不了", "水管炸了，路上全是水，家里停水",
                 "什么时候来水，停了半天了", "整个小区停水", "水压没有了，龙头不出水"}) +
           End();
  }

  std::mt19937 random_;
  int callers_ = 0;
};

}  // namespace minsheng::surge
