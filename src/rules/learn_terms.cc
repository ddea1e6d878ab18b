// SPDX-License-Identifier: Apache-2.0
#include "src/rules/learn_terms.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kShortest = 2;
constexpr std::size_t kLongest = 4;

bool IsHan(char16_t u) { return (u >= 0x4e00 && u <= 0x9fff) || (u >= 0x3400 && u <= 0x4dbf); }

struct Tally {
  Piece piece = 0;
  std::uint32_t texts = 0;
  double best = 0;  // chi-square
};

constexpr double kCohesion = 0.3;  // see learn_terms.h
constexpr double kPartOf = 0.6;    // of its texts with one longer piece: a part of that
constexpr std::u16string_view kGrammar =
    u"的了是在我你他她它们这那和与及或也都就还又有为被把让给对从到向等之其所以而但并将已于则再才很太更最不没无未能会可"
    u"要想请您"
    u"吗呢吧啊呀哦一二三四五六七八九十两几个些每各某多少上下里中内外前后来去说着过得地";
constexpr std::u16string_view kTitles[] = {u"书记", u"市长", u"县长", u"区长", u"局长", u"厅长", u"镇长",
                                           u"乡长", u"省长", u"州长", u"部长", u"处长", u"科长", u"所长",
                                           u"村长", u"院长", u"主任", u"主席", u"先生", u"女士", u"经理"};

Piece FirstOf(Piece piece, std::size_t n) { return n >= kLongest ? piece : piece & ((Piece{1} << (16U * n)) - 1); }

// Holds 的 or 了 somewhere: two words, not one.
bool IsPhrase(Piece piece) {
  for (; piece != 0; piece >>= 16U) {
    if ((piece & 0xffffU) == u'的' || (piece & 0xffffU) == u'了') return true;
  }
  return false;
}

bool IsGrammar(Piece character) { return kGrammar.find(static_cast<char16_t>(character)) != std::u16string_view::npos; }

// Ends with a title and has something before it.
bool IsTitled(Piece piece) {
  const std::size_t n = LengthOf(piece);
  for (const std::u16string_view title : kTitles) {
    if (n <= title.size()) continue;
    const Piece end = piece >> (16U * (n - title.size()));
    if (end == (Piece{title[0]} | Piece{title[1]} << 16U)) return true;
  }
  return false;
}

// Tells words from chance by how many texts each piece is in.
class Words {
 public:
  Words(const std::unordered_map<Piece, std::uint32_t>& texts_of, std::size_t all)
      : texts_of_(texts_of), all_(static_cast<double>(all)) {
    for (const auto& [piece, texts] : texts_of) {
      const std::size_t n = LengthOf(piece);
      if (n <= kShortest) continue;
      for (const Piece part : {FirstOf(piece, n - 1), piece >> 16U}) {
        std::uint32_t& most = longer_[part];
        most = std::max(most, texts);
      }
    }
  }

  bool IsWord(Piece piece, std::uint32_t texts) const {
    const std::size_t n = LengthOf(piece);
    if (n < kShortest || IsPhrase(piece) || IsTitled(piece)) return false;
    if (IsGrammar(FirstOf(piece, 1)) || IsGrammar(piece >> (16U * (n - 1)))) return false;
    if (const auto it = longer_.find(piece); it != longer_.end() && it->second >= kPartOf * texts) return false;
    for (std::size_t cut = 1; cut < n; ++cut) {
      const double chance = Share(FirstOf(piece, cut)) * Share(piece >> (16U * cut));
      if (texts / all_ < kCohesion * chance) return false;
    }
    return true;
  }

 private:
  double Share(Piece piece) const {
    const auto it = texts_of_.find(piece);
    return it == texts_of_.end() ? 0 : it->second / all_;
  }

  const std::unordered_map<Piece, std::uint32_t>& texts_of_;
  double all_;
  std::unordered_map<Piece, std::uint32_t> longer_;  // texts of the commonest piece one character longer
};

}  // namespace

std::size_t LengthOf(Piece piece) {
  std::size_t n = 0;
  for (; piece != 0; piece >>= 16U) ++n;
  return n;
}

std::string ToText(Piece piece) {
  std::u16string units;
  for (; piece != 0; piece >>= 16U) units.push_back(static_cast<char16_t>(piece & 0xffffU));
  return text::ToUtf8(units);
}

bool Covers(Piece longer, Piece shorter) {
  const std::size_t n = LengthOf(shorter);
  const Piece mask = n >= kLongest ? ~Piece{0} : (Piece{1} << (16U * n)) - 1;
  for (; LengthOf(longer) >= n; longer >>= 16U) {
    if ((longer & mask) == shorter) return true;
  }
  return false;
}

std::vector<Piece> PiecesOf(std::string_view text, std::size_t max_chars) {
  text::Folded folded;
  text::Fold(text, &folded, max_chars);
  std::vector<Piece> out;
  const std::u16string& u = folded.units;
  for (std::size_t i = 0; i < u.size(); ++i) {
    Piece piece = 0;
    for (std::size_t n = 0; n < kLongest && i + n < u.size() && IsHan(u[i + n]); ++n) {
      piece |= Piece{u[i + n]} << (16U * n);
      out.push_back(piece);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

double ChiSquare(double both, double piece, double label, double all) {
  const double below = piece * label * (all - piece) * (all - label);
  if (below <= 0) return 0;
  const double d = both * (all - piece - label + both) - (piece - both) * (label - both);
  return all * d * d / below;
}

std::vector<Piece> ChoosePieces(const std::vector<std::vector<Piece>>& texts, const std::vector<std::uint32_t>& labels,
                                std::uint32_t label_count, const PieceChoice& choice) {
  std::unordered_map<Piece, std::uint32_t> count;
  for (const auto& pieces : texts) {
    for (const Piece p : pieces) ++count[p];
  }
  std::vector<Tally> tallies;
  const Words words(count, texts.size());
  for (const auto& [piece, n] : count) {
    if (n >= choice.min_texts && n < texts.size() && words.IsWord(piece, n)) tallies.push_back({piece, n, 0});
  }
  std::sort(tallies.begin(), tallies.end(), [](const Tally& a, const Tally& b) { return a.piece < b.piece; });
  std::unordered_map<Piece, std::size_t> place;
  for (std::size_t i = 0; i < tallies.size(); ++i) place.emplace(tallies[i].piece, i);
  std::vector<double> of_label(label_count, 0);
  std::vector<std::vector<std::uint32_t>> with(tallies.size(), std::vector<std::uint32_t>(label_count, 0));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    of_label[labels[i]] += 1;
    for (const Piece p : texts[i]) {
      if (const auto it = place.find(p); it != place.end()) ++with[it->second][labels[i]];
    }
  }
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    for (std::uint32_t l = 0; l < label_count; ++l) {
      tallies[i].best = std::max(
          tallies[i].best, ChiSquare(with[i][l], tallies[i].texts, of_label[l], static_cast<double>(texts.size())));
    }
  }
  std::sort(tallies.begin(), tallies.end(),
            [](const Tally& a, const Tally& b) { return std::tuple(-a.best, a.piece) < std::tuple(-b.best, b.piece); });
  if (tallies.size() > choice.most) tallies.resize(choice.most);
  std::vector<Piece> out;
  for (const Tally& t : tallies) out.push_back(t.piece);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace minsheng::rules
