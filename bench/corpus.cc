// SPDX-License-Identifier: Apache-2.0
#include "bench/corpus.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string_view>

#include "bench/report.h"

namespace minsheng::bench {
namespace {

constexpr std::array<std::string_view, 8> kOpenings = {
    "您好，我是附近的住户，", "来电反映一个问题：", "我想问一下，",         "麻烦你们帮忙看看，",
    "已经打过两次电话了，",   "尊敬的领导，您好！", "我是替家里老人问的，", "向你们反映情况，"};
constexpr std::array<std::string_view, 10> kPlaces = {
    "大中镇红花路", "新丰镇老街",       "小海镇三组",   "西团镇幸福小区东门", "草庙镇河边",
    "万盈镇菜场",   "人民南路与健康路", "丰华街道北区", "港区二号桥头",       "车站对面的巷子里"};
constexpr std::array<std::string_view, 8> kTimes = {"从上个月开始", "昨天夜里", "这半年来",       "每天早上六点",
                                                    "国庆前后",     "雨停以后", "今年三月份以来", "最近一个星期"};
constexpr std::array<std::string_view, 30> kProblems = {"路灯一直不亮，晚上走路看不清，老人摔过一跤",
                                                        "绿化带里的树枝伸到车道上，把视线都挡住了",
                                                        "小区门口的垃圾桶满了好几天没人清运，味道很大",
                                                        "下水道堵塞，污水从井盖里冒出来流到路面上",
                                                        "工地半夜还在打桩，噪音大得睡不着",
                                                        "家里断水三天，自来水厂的电话打不通",
                                                        "停车位被人装了地锁，物业说管不了",
                                                        "烧烤店的油烟直接排到楼上，窗户不敢开",
                                                        "灌溉渠塌了一段，几十亩水稻浇不上水",
                                                        "承包地的流转费拖了一年没有给",
                                                        "种粮补贴今年没有到账，村里说要再等等",
                                                        "养猪场的粪水流进河里，鱼死了不少",
                                                        "医保卡在外地不能直接结算，要怎么备案",
                                                        "退休金这个月少了两百多块，不知道是怎么算的",
                                                        "单位没有给交社保，离职以后也不给开证明",
                                                        "工资拖欠了三个月，老板电话不接",
                                                        "景区的门票已经付了钱又说没有名额，不肯退款",
                                                        "导游半路要求加钱，不买东西就不让上车",
                                                        "宾馆的房间和网上订的不一样，前台态度很差",
                                                        "助餐点的饭菜越来越差，送来的时候都凉了",
                                                        "申请了居家养老服务，两个多月没有人上门评估",
                                                        "护理员经常迟到，老人一个人在家不放心",
                                                        "公交车改线以后站牌没有更换，等了一个小时没有车",
                                                        "学校门口放学的时候电动车乱停，孩子过马路危险",
                                                        "楼上装修把承重墙打了一个洞，不知道找谁鉴定",
                                                        "快递柜放在消防通道上，堵得轮椅过不去",
                                                        "井盖坏了两块，用木板盖着，夜里车子压上去很响",
                                                        "河道里长满了水草，船过不去，也没有人打捞",
                                                        "路边的广告牌被风吹歪了，随时会掉下来",
                                                        "村卫生室关了门，拿药要走十几里路"};
constexpr std::array<std::string_view, 12> kFillers = {"找过社区，社区说不归他们管。",
                                                       "之前也有邻居反映过，一直没有结果。",
                                                       "家里有老人和小孩，进出都不方便。",
                                                       "我手里有照片，需要的话可以发过来。",
                                                       "打了好几个电话都是互相推。",
                                                       "工作人员答应三天之内处理，现在十天了。",
                                                       "不是第一次了，去年也是这样。",
                                                       "我们这一片有一百多户人家。",
                                                       "请给一个明确的时间。",
                                                       "我不想公开自己的姓名。",
                                                       "离得最近的单位也要半个小时。",
                                                       "问了好几个人，说法都不一样。"};
constexpr std::array<std::string_view, 8> kEndings = {
    "希望尽快派人来看一下，谢谢。", "请问这个事情应该找哪个部门？", "盼望早日解决！",  "麻烦给个回复。",
    "什么时候能够修好？",           "请核实处理，谢谢你们。",       "我要投诉到底。 ", "先谢谢了。"};

template <std::size_t N>
std::string_view Pick(const std::array<std::string_view, N>& from, std::mt19937& random) {
  return from[random() % N];
}

std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void AppendFile(const std::filesystem::path& path, std::vector<std::string>* texts) {
  std::ifstream in(path);
  if (!in) Die("cannot read the texts");
  for (std::string line; std::getline(in, line);) {
    const auto j = nlohmann::json::parse(line, nullptr, false);
    if (!j.is_object()) continue;
    const auto part = [&j](const char* key) {
      const auto at = j.find(key);
      return at != j.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    std::string text = part("title");
    if (!text.empty()) text += '\n';
    text += part("text");
    if (!text.empty()) texts->push_back(std::move(text));
  }
}

}  // namespace

std::vector<std::string> InventedTexts(std::size_t n, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::string> texts;
  texts.reserve(n);
  while (texts.size() < n) {
    const std::size_t wanted = 60 + random() % 150;
    std::string text(Pick(kOpenings, random));
    text.append(Pick(kPlaces, random)).append(std::to_string(random() % 300 + 1)).append("号附近，");
    text.append(Pick(kTimes, random)).append(Pick(kProblems, random)).append("。");
    if (random() % 4 == 0) text.append("另外，").append(Pick(kProblems, random)).append("。");
    while (Characters(text) < wanted) text.append(Pick(kFillers, random));
    text.append(Pick(kEndings, random));
    texts.push_back(std::move(text));
  }
  return texts;
}

std::vector<std::string> TextsOf(const std::string& path) {
  std::vector<std::string> texts;
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) AppendFile(file, &texts);
  } else {
    AppendFile(path, &texts);
  }
  if (texts.empty()) Die("no JSON lines with \"text\" in " + path);
  return texts;
}

}  // namespace minsheng::bench
