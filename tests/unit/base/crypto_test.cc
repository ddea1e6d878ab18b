// SPDX-License-Identifier: Apache-2.0
#include "src/base/crypto.h"

#include <gtest/gtest.h>

#include "src/base/ulid.h"

namespace minsheng {
namespace {

TEST(Crypto, DigestsEqualThePublishedTestVectors) {
  EXPECT_EQ(crypto::Sha1Hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");  // FIPS 180-4
  EXPECT_EQ(crypto::Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // RFC 4231, case 2
  EXPECT_EQ(crypto::Hex(crypto::HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(crypto::Crc32({"1234", "56789"}), 0xCBF43926U);
}

TEST(Crypto, Base64RefusesForeignBytesAndSpareBits) {
  EXPECT_EQ(crypto::Base64Encode("hello"), "aGVsbG8=");
  EXPECT_EQ(crypto::Base64Decode("aGVsbG8="), "hello");
  EXPECT_EQ(crypto::Base64Decode(""), "");
  EXPECT_FALSE(crypto::Base64Decode("aGVsbG8"));
  EXPECT_FALSE(crypto::Base64Decode("aGVs\nbG8="));
  EXPECT_FALSE(crypto::Base64Decode("aGVsbG9="));
  EXPECT_EQ(crypto::Base64Decode("aGVsbG9=", /*lenient_tail=*/true), "hello");
}

TEST(Crypto, AesGcmIsTheOneOfTheStandardAndOpensNothingThatWasChanged) {
  // McGrew and Viega, The Galois/Counter Mode of Operation, test case 14 (AES-256, 96 bit nonce).
  const std::string key(32, 0), nonce(12, 0), text(16, 0);
  const auto sealed = crypto::AesGcmSeal(key, nonce, "", text);
  EXPECT_EQ(crypto::Hex(sealed), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  EXPECT_EQ(crypto::AesGcmOpen(key, nonce, "", sealed), text);
  EXPECT_FALSE(crypto::AesGcmOpen(key, nonce, "elsewhere", sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(crypto::AesGcmOpen(key, nonce, "", changed)) << i;
  }
  EXPECT_FALSE(crypto::AesGcmOpen(key, nonce, "", sealed.substr(0, 15)));
  EXPECT_EQ(crypto::AesGcmOpen(key, nonce, "a", crypto::AesGcmSeal(key, nonce, "a", "")), "");
}

TEST(Ulid, IdsOfOneMillisecondIncreaseAndAClockStepBackDoesNotMakeThemSortBefore) {
  const auto a = NewUlid(FromMs(1'439'200'800'000));
  const auto b = NewUlid(FromMs(1'439'200'800'000));
  const auto c = NewUlid(FromMs(1'439'200'700'000));
  EXPECT_TRUE(IsUlid(a) && IsUlid(b) && IsUlid(c)) << a << b << c;
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_FALSE(IsUlid("81ARZ3NDEKTSV4RRFFQ69G5FAV"));
}

}  // namespace
}  // namespace minsheng
