// SPDX-License-Identifier: Apache-2.0
// Who wrote a mail: a person, a list, a machine, or we ourselves. RFC 3834, RFC 3464, RFC 5230 and the habits of
// Chinese providers. Pure.
#pragma once
#include <string>
#include <string_view>

#include "src/mail/mime.h"

namespace minsheng::mail {

enum class Origin {
  kPerson,
  kList,     // a request like any other, but nobody wants an acknowledgement
  kNoReply,  // likewise: "noreply@"
  kRobot,    // out-of-office and the like: an event, never a request
  kBounce,   // a mail of ours came back: an event
  kReceipt,  // read receipt: an event
  kLoop,     // our own mail came back to us: an event
};

struct OriginVerdict {
  Origin origin = Origin::kPerson;
  std::string why;  // the sign that decided, "Auto-Submitted: auto-replied"
  bool IsEvent() const { return origin >= Origin::kRobot; }
  bool MayAcknowledge() const { return origin == Origin::kPerson; }
};

// `own_address` lower case; `loop_mark` is the value of our own X-Minsheng-Loop field. X-Auto-Response-Suppress is
// no sign: ordinary Exchange mail carries it. A subject alone never decides.
OriginVerdict JudgeOrigin(const Mail& mail, std::string_view own_address, std::string_view loop_mark);

// mailer-daemon@, postmaster@: nobody reads there.
bool IsDaemonAddress(std::string_view lower_case_address);

std::string_view ToWord(Origin origin);  // "person", "list", "no-reply", "auto-reply", "bounce", ...

}  // namespace minsheng::mail
