// SPDX-License-Identifier: Apache-2.0
#include "src/text/redact.h"

namespace minsheng::text {

std::string_view ToWord(PersonalKind kind) {
  switch (kind) {
    case PersonalKind::kMobile:
      return "mobile";
    case PersonalKind::kLandline:
      return "landline";
    case PersonalKind::kIdentity:
      return "identity";
    case PersonalKind::kBankCard:
      return "bank-card";
    case PersonalKind::kPlate:
      return "plate";
    case PersonalKind::kEmail:
      return "email";
    case PersonalKind::kPassport:
      return "passport";
    case PersonalKind::kAccount:
      return "account";
  }
  return "";
}

}  // namespace minsheng::text
