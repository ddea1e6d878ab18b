// SPDX-License-Identifier: Apache-2.0
#include "src/forms/finders.h"

#include <algorithm>
#include <string>

namespace minsheng::forms {
namespace {

constexpr std::size_t kMostAddressChars = 40;

// What ends a part of an address. Longer ones first.
constexpr std::u32string_view kAddressEnds[] = {
    U"北大门", U"南大门", U"东大门", U"西大门", U"停车场", U"步行街", U"十字路口", U"交叉口", U"红绿灯", U"汽车站",
    U"火车站", U"开发区", U"产业园", U"工业园", U"幼儿园", U"菜市场", U"服务区",   U"号楼",   U"单元",   U"大道",
    U"胡同",   U"社区",   U"小区",   U"花园",   U"家园",   U"花苑",   U"新村",     U"公寓",   U"广场",   U"街道",
    U"路口",   U"大桥",   U"医院",   U"学校",   U"小学",   U"中学",   U"市场",     U"超市",   U"公园",   U"景区",
    U"酒店",   U"宾馆",   U"商场",   U"大厦",   U"北门",   U"南门",   U"东门",     U"西门",   U"大门",   U"门口",
    U"东侧",   U"西侧",   U"南侧",   U"北侧",   U"对面",   U"旁边",   U"附近",     U"楼下",   U"隔壁",   U"交界",
    U"沿线",   U"路",     U"街",     U"巷",     U"弄",     U"村",     U"组",       U"队",     U"镇",     U"乡",
    U"苑",     U"幢",     U"栋",     U"座",     U"室",     U"楼",     U"号",       U"桥",     U"园",     U"庄",
    U"河",     U"厂",
};
// An address with one of these says where: a house, a road, a village.
constexpr std::u32string_view kWeakEnds[] = {U"门口", U"对面", U"旁边", U"附近", U"楼下", U"隔壁", U"队",   U"组",
                                             U"号",   U"楼",   U"室",   U"厂",   U"医院", U"学校", U"超市", U"市场"};

// Words that no address goes over.
constexpr std::u32string_view kBreaks[] = {
    U"我",   U"你",   U"他",   U"她",   U"的",   U"了",   U"有",   U"没",   U"不",   U"被",   U"把",   U"很",   U"都是",
    U"都有", U"都没", U"都不", U"都很", U"都在", U"都被", U"又",   U"已",   U"正",   U"从",   U"因",   U"请",   U"请问",
    U"要",   U"想",   U"说",   U"去",   U"来",   U"到",   U"是",   U"和",   U"昨",   U"今天", U"明天", U"前天", U"晚上",
    U"早上", U"下午", U"上午", U"凌晨", U"停水", U"停电", U"漏水", U"一直", U"整栋", U"整幢", U"整个", U"这栋", U"那栋",
    U"全楼", U"全村", U"一栋", U"一幢", U"一棵", U"一个", U"一条", U"几",   U"多",   U"路灯", U"路面", U"楼道", U"楼上",
    U"施工", U"垃圾", U"井盖", U"污水", U"噪音", U"噪声", U"拐弯", U"经常", U"反映", U"投诉",
};
// Before an address.
constexpr std::u32string_view kLeads[] = {U"家庭住址", U"地址是", U"地址在", U"地址为", U"地址:", U"地址",   U"住址:",
                                          U"住址是",   U"住址",   U"位置是", U"位置在", U"位置:", U"地点是", U"地点在",
                                          U"地点:",    U"位于",   U"家住在", U"住在",   U"家住",  U"家在",   U"就在",
                                          U"在",       U"我是",   U"我住",   U"住"};

template <std::size_t N>
std::size_t LengthOf(const std::u32string_view (&words)[N], const Reading& r, std::size_t at) {
  std::size_t longest = 0;
  for (const auto word : words) {
    if (word.size() > longest && r.Is(at, word)) longest = word.size();
  }
  return longest;
}

bool IsAddressChar(char32_t c) {
  return IsHan(c) || IsDigit(c) || IsLatin(c) || c == U'-' || c == U'#' || c == U'(' || c == U')' || c == U'~';
}

// 欧阳 before 王.
constexpr std::u32string_view kLongSurnames[] = {U"欧阳", U"司马", U"上官", U"诸葛", U"夏侯", U"皇甫",
                                                 U"尉迟", U"公孙", U"慕容", U"令狐", U"司徒", U"东方",
                                                 U"端木", U"独孤", U"南宫", U"宇文"};
constexpr std::u32string_view kSurnames =
    U"王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    U"陆"
    U"汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔"
    U"伍庞颜"
    U"倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻"
    U"祁蒲房"
    U"滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋"
    U"商刁沙"
    U"荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝";
// No given name begins or goes on with these.
constexpr std::u32string_view kNotInName =
    U"的了是在有没不我你他她们和与说要想去来到把被给让,。;:!?、()\"'“”《》【】/~的住家电号手今年岁从这那个某先女老小";

constexpr std::u32string_view kNameLeads[] = {
    U"我的名字叫", U"我的名字是", U"名字叫", U"名字是", U"姓名是", U"姓名:", U"姓名为", U"姓名",   U"联系人:",
    U"联系人是",   U"联系人",     U"我叫",   U"我是",   U"名叫",   U"本人",  U"叫做",   U"老人叫", U"父亲叫",
    U"母亲叫",     U"爸爸叫",     U"妈妈叫", U"奶奶叫", U"爷爷叫", U"他叫",  U"她叫",   U"落款:"};

bool EndsName(char32_t c) { return c == 0 || !IsHan(c) || kNotInName.find(c) != std::u32string_view::npos; }

}  // namespace

std::optional<CharRange> AddressAt(const Reading& r, std::size_t at, int least_parts) {
  std::size_t end = at;
  int parts = 0;
  bool strong = false;
  for (std::size_t i = at; i < r.size() && i - at < kMostAddressChars;) {
    const char32_t c = r.At(i);
    if (!IsAddressChar(c)) break;
    if (const auto n = LengthOf(kAddressEnds, r, i); n > 0 && i > at && LengthOf(kBreaks, r, i) == 0) {
      const auto word = std::u32string_view(r.chars()).substr(i, n);
      const bool weak = std::find(std::begin(kWeakEnds), std::end(kWeakEnds), word) != std::end(kWeakEnds);
      // 10号 is a house number; 几号, 型号 are none.
      if (word == U"号" && !IsDigit(r.At(i - 1)) && !IsNumeral(r.At(i - 1))) break;
      strong = strong || !weak || ((word == U"号" || word == U"楼" || word == U"室") && parts > 0);
      ++parts;
      i += n;
      end = i;
      continue;
    }
    if (LengthOf(kBreaks, r, i) > 0) break;
    ++i;
  }
  if (parts < least_parts || !strong || end - at < 2) return std::nullopt;
  return CharRange{at, end};
}

std::optional<CharRange> FindAddress(const Reading& r) {
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (const auto lead = LengthOf(kLeads, r, i); lead > 0) {
      if (const auto found = AddressAt(r, i + lead)) return found;
    }
  }
  // Without such a word: from a mark on, and only what has two parts (人民路3号, 草堰镇三组).
  for (std::size_t i = 0; i < r.size(); ++i) {
    if (i > 0 && IsAddressChar(r.At(i - 1))) continue;
    if (const auto found = AddressAt(r, i, 2)) return found;
  }
  return std::nullopt;
}

std::optional<CharRange> NameAt(const Reading& r, std::size_t at) {
  std::size_t surname = 0;
  for (const auto s : kLongSurnames) {
    if (r.Is(at, s)) surname = s.size();
  }
  if (surname == 0 && r.At(at) != 0 && kSurnames.find(r.At(at)) != kSurnames.npos) surname = 1;
  if (surname == 0) return std::nullopt;
  std::size_t end = at + surname;
  while (end < at + surname + 2 && !EndsName(r.At(end))) ++end;
  // Behind a name stands a mark, or a word that no name goes on with; else it is a word like any other.
  if (end == at + surname || !EndsName(r.At(end))) return std::nullopt;
  return CharRange{at, end};
}

std::vector<CharRange> FindNames(const Reading& r) {
  std::vector<CharRange> names;
  for (std::size_t i = 0; i < r.size();) {
    const auto lead = LengthOf(kNameLeads, r, i);
    const auto name = lead == 0 ? std::nullopt : NameAt(r, i + lead);
    if (!name) {
      ++i;
      continue;
    }
    names.push_back(*name);
    i = name->second;
  }
  return names;
}

std::optional<CharRange> CodeBehind(const Reading& r, std::size_t at) {
  constexpr std::u32string_view kBetween = U"号码是为:# ";
  std::size_t i = at;
  while (i < at + 4 && r.At(i) != 0 && kBetween.find(r.At(i)) != kBetween.npos) ++i;
  std::size_t end = i;
  bool digit = false;
  while (end - i < 40 && (IsDigit(r.At(end)) || IsLatin(r.At(end)) || (r.At(end) == U'-' && end > i))) {
    digit = digit || IsDigit(r.At(end));
    ++end;
  }
  while (end > i && r.At(end - 1) == U'-') --end;
  if (!digit || end - i < 4) return std::nullopt;
  return CharRange{i, end};
}

std::optional<CharRange> NameEndingAt(const Reading& r, std::size_t at, std::u32string_view end) {
  constexpr std::size_t kMost = 14;
  constexpr std::u32string_view kStops = U"的了在去到从由和与被是我你他们报跟找住订过这那家个某有于对向给让请问叫玩游";
  std::size_t begin = at;
  while (begin > 0 && at - begin < kMost) {
    const char32_t c = r.At(begin - 1);
    if (!(IsHan(c) || IsLatin(c) || IsDigit(c)) || kStops.find(c) != kStops.npos) break;
    --begin;
  }
  if (at - begin < 2 || at - begin >= kMost) return std::nullopt;
  return CharRange{begin, at + end.size()};
}

}  // namespace minsheng::forms
