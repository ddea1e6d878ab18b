// SPDX-License-Identifier: Apache-2.0
// Which pieces of texts may become terms of a lexicon. Pure.
//
// No dictionary and no segmenter: every run of 1 to 4 Chinese characters of the folded text is a piece
// (a repeat within a text counts once). Terms are pieces of 2 to 4 that stand in enough texts, look like
// words, and tell labels apart. A piece looks like a word when
//  - its parts stand together more often than by chance (as in the search for new words by cohesion and
//    freedom): P(xy) >= 0.3 P(x) P(y) for each cut, P being a share of texts;
//  - it is not mostly a part of one longer piece (教育 may be, 育局 not);
//  - it neither begins nor ends with a grammatical character (在 和 不 ...), and has no 的 or 了 in it;
//  - it is no person's name with a title (王局长).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::rules {

// Four UTF-16 units, the first in the lowest bits; 0 after a shorter piece.
using Piece = std::uint64_t;

std::string ToText(Piece piece);
std::size_t LengthOf(Piece piece);
bool Covers(Piece longer, Piece shorter);

// The pieces, of one character too, among the first `max_chars` characters of `text`, sorted, each once.
std::vector<Piece> PiecesOf(std::string_view text, std::size_t max_chars);

struct PieceChoice {
  std::size_t min_texts = 8;  // a piece of fewer texts is chance, or a name
  std::size_t most = 4000;    // how many are kept: those with the highest chi-square for any label
};

// `texts[i]` are the pieces of a text with label number labels[i] < label_count. Sorted.
std::vector<Piece> ChoosePieces(const std::vector<std::vector<Piece>>& texts, const std::vector<std::uint32_t>& labels,
                                std::uint32_t label_count, const PieceChoice& choice);

// Chi-square of a 2x2 table: `both` texts have the piece and the label, `piece` the piece, `label` the label,
// of `all`. 0 when a margin is empty.
double ChiSquare(double both, double piece, double label, double all);

}  // namespace minsheng::rules
