// SPDX-License-Identifier: Apache-2.0
// What Spoken::Clean must leave of a heard text, done the slow way: character by character, each pattern searched anew.
#include <algorithm>

#include "src/rules/naive.h"
#include "src/rules/spoken.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

struct HeardChar {
  char32_t c = 0;
  std::size_t at = 0;  // in the folded text
  bool word = false;   // inside an ordinary word
  bool term = false;   // inside a known term
  bool number = false;
};
using Heard = std::vector<HeardChar>;
using Found = std::vector<std::pair<std::size_t, std::size_t>>;

Found FindAll(const std::u32string& text, const std::vector<std::string>& patterns) {
  Found found;
  for (const std::string& pattern : patterns) {
    const std::u32string p = NaiveText(pattern);
    if (p.empty()) continue;
    for (std::size_t at = text.find(p); at != std::u32string::npos; at = text.find(p, at + 1)) {
      found.emplace_back(at, at + p.size());
    }
  }
  return found;
}

Heard WithoutFillers(const Heard& in, const Found& fillers) {
  const auto is_filler = [&](std::size_t i) {
    return std::any_of(fillers.begin(), fillers.end(), [&](const auto& f) {
      if (i < f.first || i >= f.second) return false;
      return std::none_of(in.begin() + static_cast<std::ptrdiff_t>(f.first),
                          in.begin() + static_cast<std::ptrdiff_t>(f.second),
                          [](const HeardChar& h) { return h.word || h.term; });
    });
  };
  Heard out;
  bool filler_before = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (is_filler(i)) {
      filler_before = true;
    } else if (!filler_before || !IsPauseMark(in[i].c) || !(out.empty() || IsPauseMark(out.back().c))) {
      out.push_back(in[i]);
      filler_before = false;
    }
  }
  return out;
}

bool Free(const HeardChar& h) { return !h.word && !h.term; }

Heard WithoutStammers(const Heard& in) {
  Heard out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    std::vector<std::size_t> same = {i};
    if (CanStammer(in[i].c) && Free(in[i])) {
      for (;;) {
        std::size_t next = same.back() + 1;
        if (next < in.size() && IsPauseMark(in[next].c)) ++next;
        if (next >= in.size() || in[next].c != in[i].c || !Free(in[next])) break;
        same.push_back(next);
      }
    }
    if (same.size() >= 3) i = same.back();
    out.push_back(in[i]);
  }
  return out;
}

Heard WithDigits(const Heard& in, const Found& terms) {
  Heard out;
  for (std::size_t i = 0; i < in.size();) {
    std::u32string run;
    std::size_t end = i;
    for (; end < in.size() && IsNumeral(in[end].c) && !in[end].word; ++end) run.push_back(in[end].c);
    if (end == i) {
      out.push_back(in[i++]);
      continue;
    }
    const bool unit = std::any_of(run.begin(), run.end(), HasNumberUnit);
    const auto protects = [&](const auto& t) {
      if (!unit) return t.first <= in[i].at && t.second > in[end - 1].at;
      return std::any_of(in.begin() + static_cast<std::ptrdiff_t>(i), in.begin() + static_cast<std::ptrdiff_t>(end),
                         [](const HeardChar& h) { return h.term; });
    };
    const auto digits = std::any_of(terms.begin(), terms.end(), protects) ? std::nullopt : DigitsOf(run);
    for (std::size_t k = 0; k < (digits ? digits->size() : run.size()); ++k) {
      HeardChar h = in[std::min(i + k, end - 1)];
      if (digits) {
        h.c = static_cast<char32_t>((*digits)[k]);
        h.at = k == 0 ? in[i].at : in[end - 1].at;
        h.number = true;
      }
      out.push_back(h);
    }
    i = end;
  }
  return out;
}

bool Digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool Spaced(char32_t c) { return c < 0x10000 && text::IsSpacedScript(static_cast<char16_t>(c)); }

}  // namespace

std::u32string NaiveHeard(std::u32string folded, const NaiveWorld& world) {
  Heard heard;
  for (std::size_t i = 0; i < folded.size(); ++i) heard.push_back({folded[i], i});
  for (const auto& [begin, end] : FindAll(folded, world.spoken.words)) {
    for (std::size_t i = begin; i < end; ++i) heard[i].word = true;
  }
  const Found terms = FindAll(folded, world.terms);
  const Found fillers = FindAll(folded, world.spoken.fillers);
  const auto matters = [&](const auto& t) {  // a term protects only if it holds something of speech
    const std::u32string term = folded.substr(t.first, t.second - t.first);
    for (std::size_t i = 0; i < term.size(); ++i) {
      if (IsNumeral(term[i])) return true;
      if (i >= 2 && CanStammer(term[i]) && term[i] == term[i - 1] && term[i] == term[i - 2]) return true;
    }
    return std::any_of(world.spoken.fillers.begin(), world.spoken.fillers.end(), [&](const std::string& filler) {
      const std::u32string f = NaiveText(filler);
      return !f.empty() && term.find(f) != std::u32string::npos;
    });
  };
  for (const auto& t : terms) {
    if (!matters(t)) continue;
    for (std::size_t i = t.first; i < t.second; ++i) heard[i].term = true;
  }
  heard = WithDigits(WithoutStammers(WithoutFillers(heard, fillers)), terms);
  std::u32string out;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    if (i > 0) {  // letters and digits that were apart stay apart
      const HeardChar& a = heard[i - 1];
      const HeardChar& b = heard[i];
      const bool apart = b.at > a.at + 1;
      const bool seam = a.number != b.number || apart;
      const bool inside = a.number && b.number;
      if (!inside && ((Digit(a.c) && Digit(b.c) && seam) || (Spaced(a.c) && Spaced(b.c) && apart))) out.push_back(U' ');
    }
    out.push_back(heard[i].c);
  }
  return out;
}

}  // namespace minsheng::rules
