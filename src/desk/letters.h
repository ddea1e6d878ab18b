// SPDX-License-Identifier: Apache-2.0
// Letters to the head of the district (区长信箱): who may do what, and what leaves because of it.
#pragma once
#include <string>
#include <vector>

#include "src/desk/desk.h"

namespace minsheng::desk {

struct LetterOptions {
  std::string pattern;  // template of the formal answer: forms::ComposeLetter
  std::string district = "大丰区";
  std::string unit = "大丰区人民政府办公室";  // who signs
};

// A text that everybody may read, beside the letter itself.
struct Publication {
  std::string title;
  std::string question;
  std::string answer;
};

class LetterDesk {
 public:
  LetterDesk(Desk& desk, LetterOptions options) : desk_(desk), options_(std::move(options)) {}

  // Also notes that a leader has looked at it, when `by` is one.
  Result<store::LetterRow> Read(const std::string& key, const std::string& by);
  // kDenied unless `by` is a leader ("leader:name"). The unit that has the order is told, without names.
  Result<store::LetterRow> Instruct(const std::string& key, const std::string& text, const std::string& by);
  // The body of the answer.
  Result<store::LetterRow> Draft(const std::string& key, const std::string& text, const std::string& by);
  Result<store::LetterRow> Refuse(const std::string& key, const std::string& by, const std::string& reason);
  // The formal answer goes to the citizen as the answer of the order. kDenied: `by` drafted it. When a kill came in
  // between, the same approver goes on where it stopped.
  Result<store::LetterRow> Approve(const std::string& key, const std::string& by);
  Result<store::LetterRow> SetConsent(const std::string& key, bool yes, const std::string& by);

  // What would be published if nobody edited it: letter and answer, masked.
  Result<Publication> Proposal(const std::string& key);
  // Empty parts are taken from the proposal. kInvalid, with the kinds found, when a text says who the citizen is; else
  // as LetterLog::Publish.
  Result<store::LetterRow> Publish(const std::string& key, Publication publication, const std::string& by);
  Result<store::LetterRow> Withdraw(const std::string& key, const std::string& by, const std::string& reason);

 private:
  Result<std::string> NumberOf(const std::string& key);
  Result<std::string> Formal(const store::LetterRow& letter, const std::string& body);

  Desk& desk_;
  LetterOptions options_;
};

}  // namespace minsheng::desk
