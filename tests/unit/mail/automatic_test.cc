// SPDX-License-Identifier: Apache-2.0
#include "src/mail/automatic.h"

#include <gtest/gtest.h>

namespace minsheng::mail {
namespace {

OriginVerdict Judge(const std::string& fields, const std::string& from = "zhang@example.cn") {
  const auto mail = ParseMail("From: <" + from + ">\r\n" + fields + "\r\nhello\r\n");
  if (!mail) {
    ADD_FAILURE() << mail.error().what;
    return {};
  }
  return JudgeOrigin(*mail, "12345@example.gov.cn", "example.gov.cn");
}

struct OriginCase {
  const char* fields;
  const char* from;
  Origin origin;
};

class OriginOf : public ::testing::TestWithParam<OriginCase> {};

TEST_P(OriginOf, IsToldByFields) {
  const auto& c = GetParam();
  const auto verdict = Judge(c.fields, c.from);
  EXPECT_EQ(ToWord(verdict.origin), ToWord(c.origin)) << c.fields << " " << verdict.why;
  EXPECT_EQ(verdict.MayAcknowledge(), c.origin == Origin::kPerson);
  EXPECT_EQ(verdict.IsEvent(),
            c.origin != Origin::kPerson && c.origin != Origin::kList && c.origin != Origin::kNoReply);
}

INSTANTIATE_TEST_SUITE_P(
    Table, OriginOf,
    ::testing::Values(
        OriginCase{"Subject: x\r\n", "zhang@example.cn", Origin::kPerson},
        OriginCase{"Auto-Submitted: no\r\n", "zhang@example.cn", Origin::kPerson},
        OriginCase{"X-Auto-Response-Suppress: All\r\n", "zhang@example.cn", Origin::kPerson},
        OriginCase{"Subject: Out of Office\r\n", "zhang@example.cn", Origin::kPerson},
        OriginCase{"Return-Path: <zhang@example.cn>\r\n", "zhang@example.cn", Origin::kPerson},
        OriginCase{"Auto-Submitted: auto-replied\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"Auto-Submitted: auto-generated; x=y\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"Return-Path: <>\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"X-Autoreply: yes\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"X-AutoReply-From: a@b.cn\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"X-QQ-mid-autoreply: 1\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"Precedence: auto_reply\r\n", "zhang@example.cn", Origin::kRobot},
        OriginCase{"Precedence: bulk\r\n", "zhang@example.cn", Origin::kList},
        OriginCase{"List-Id: <a.b.cn>\r\n", "zhang@example.cn", Origin::kList},
        OriginCase{"List-Unsubscribe: <mailto:a@b.cn>\r\n", "zhang@example.cn", Origin::kList},
        OriginCase{"Subject: x\r\n", "noreply@example.cn", Origin::kNoReply},
        OriginCase{"Subject: x\r\n", "MAILER-DAEMON@example.cn", Origin::kRobot},
        OriginCase{"Subject: =?utf-8?B?57O757uf6YCA5L+h?=\r\n", "postmaster@example.cn", Origin::kBounce},
        OriginCase{"X-Minsheng-Loop: example.gov.cn\r\n", "zhang@example.cn", Origin::kLoop},
        OriginCase{"X-Minsheng-Loop: other.gov.cn\r\n", "zhang@example.cn", Origin::kPerson},
        OriginCase{"Subject: x\r\n", "12345@EXAMPLE.gov.cn", Origin::kLoop},
        OriginCase{"Content-Type: multipart/report; report-type=disposition-notification; "
                   "boundary=b\r\n\r\n--b\r\n\r\nread\r\n--b--\r\n",
                   "zhang@example.cn", Origin::kReceipt},
        OriginCase{
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n",
            "mx@example.cn", Origin::kBounce}));

}  // namespace
}  // namespace minsheng::mail
