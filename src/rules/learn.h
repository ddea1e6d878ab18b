// SPDX-License-Identifier: Apache-2.0
// Learning a lexicon from labelled texts. Pure: no I/O, no clock, no chance; the same texts in any order
// give the same bytes.
//
// For each label one logistic regression tells its texts from all others, out of the pieces of the text and
// of what the rules say already (the distance in evidence), so that a term is worth what the rules do not
// know. Terms that weigh little are left out, the rest is trained again, and rounded. The intercept and the
// part of the rules are dropped: a text without a learned term is judged by the rules alone. One unit of
// logit is `strength` points of evidence.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/rules/learn_terms.h"
#include "src/rules/rule_set.h"

namespace minsheng::rules {

// Label (topic or category) -> term -> weight.
using Lexicon = std::map<std::string, std::map<std::string, double>>;

struct LabelledText {
  std::string id;  // unique; its hash decides the fold
  std::string text;
  // Topics or categories. A certain text has one. An uncertain one may have several: it is used with the
  // one that the rules are sure of, not at all if they are sure of another, and if they are sure of
  // nothing, only when there is a single label.
  std::vector<std::string> labels;
  bool uncertain = false;
  std::vector<std::string> accepted;  // other categories that are right, too; only for measuring
};

struct LearnOptions {
  PieceChoice pieces;
  std::size_t max_chars = 4000;  // of a text; what comes later is not looked at
  std::size_t terms = 200;       // at most, per label
  std::size_t least_label = 10;  // a label with fewer texts is not learned
  double cost = 0.05;            // of an error, against the size of weights
  double strength = 1;           // points of evidence per logit
  double least = 0.1;            // a smaller weight is left out
  double most = 3;               // a larger one is cut
  double sure = 0.9;             // confidence from which the rules decide what an uncertain text is
  bool by_topic = false;         // else labels that are topics count as their category
};

// One text as the learner sees it.
struct Lesson {
  std::size_t text = 0;  // which of the texts
  std::uint32_t label = 0;
  std::vector<Piece> pieces;
  std::vector<double> evidence;  // of the rules, by label
};

struct Lessons {
  std::vector<std::string> labels;  // sorted
  std::vector<Lesson> items;        // sorted by id
  std::size_t left_out = 0;         // uncertain texts that were not used
};

// Runs the rules (without lexicon) over the texts. Errors: a label nobody knows, or without a place for
// evidence; a set with errors; an id that occurs twice with different labels; no text.
Result<Lessons> Prepare(const std::vector<SourceFile>& files, const std::vector<LabelledText>& texts,
                        const LearnOptions& options);

// From the lessons that `use` allows (by place in items), or all. A label with too few texts gets nothing.
// kInvalid when fewer than two labels have enough.
Result<Lexicon> LearnLexicon(const Lessons& lessons, const LearnOptions& options,
                             const std::vector<bool>* use = nullptr);

// The file: labels and terms by falling weight, one term per line. Ends with a line end.
std::string ToFile(const Lexicon& lexicon);

// Copies of `files` with this lexicon in place of theirs, and without golden cases. An empty lexicon: none.
std::vector<SourceFile> WithLexicon(const std::vector<SourceFile>& files, const Lexicon& lexicon);

}  // namespace minsheng::rules
