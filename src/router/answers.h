// SPDX-License-Identifier: Apache-2.0
// The answers that doors give by themselves.
#pragma once
#include "src/http/http.h"

namespace minsheng::router {

// By the error's kind. Generic words only: an error's text may say more than a stranger should know.
inline http::Response Refused(const Error& error) {
  http::Response r;
  r.status = HttpStatus(error.kind);
  r.body = Label(error.kind);
  return r;
}

// Not stored: the platform must repeat.
inline http::Response TryAgain() {
  http::Response r = Refused({ErrorKind::kUnavailable, ""});
  r.headers = {{"Retry-After", "1"}};
  return r;
}

}  // namespace minsheng::router
