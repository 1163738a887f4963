// Signatures against vectors: our own, and the standard's where they are at hand.
#include "connectors/shared/standard_webhooks.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "io/crypto.h"
#include "json/value.h"

namespace holdfast::connectors {
namespace {

// 32 bytes 0x00 … 0x1f; the digest was computed with openssl dgst -sha256 -mac HMAC.
constexpr const char* kSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr Timestamp kNow{1'700'000'000'000'000};

TEST(WebhookSecrets, WhatIsSignedVerifies) {
  const auto secrets = WebhookSecrets::make({kSecret});
  ASSERT_TRUE(secrets);
  const std::string signature = secrets->sign("evt-0-1", 1'700'000'000, "{\"a\":1}");
  EXPECT_TRUE(signature.starts_with("v1,"));
  EXPECT_TRUE(secrets->verify("evt-0-1", "1700000000", signature, "{\"a\":1}", kNow));
  EXPECT_FALSE(secrets->verify("evt-0-2", "1700000000", signature, "{\"a\":1}", kNow));
  EXPECT_FALSE(secrets->verify("evt-0-1", "1700000001", signature, "{\"a\":1}", kNow));
  EXPECT_FALSE(secrets->verify("evt-0-1", "1700000000", signature, "{\"a\":2}", kNow));
  EXPECT_FALSE(secrets->verify("", "1700000000", signature, "{\"a\":1}", kNow));
  EXPECT_FALSE(secrets->verify("evt-0-1", "", signature, "{\"a\":1}", kNow));
  EXPECT_FALSE(secrets->verify("evt-0-1", "1700000000", "v1,", "{\"a\":1}", kNow));
}

TEST(WebhookSecrets, TheKeyIsTheDecodedSecret) {
  std::string key;
  for (char byte = 0; byte < 32; ++byte) key.push_back(byte);
  const std::string digest =
      io::to_base64(io::as_text(io::hmac_sha256(key, "evt-0-1.1700000000.{\"a\":1}")));
  EXPECT_EQ(WebhookSecrets::make({kSecret})->sign("evt-0-1", 1'700'000'000, "{\"a\":1}"),
            "v1," + digest);
}

TEST(WebhookSecrets, SeveralSecretsWhileRotating) {
  const std::string other = "whsec_/////////////////////////////////////////w8=";
  const auto both = WebhookSecrets::make({kSecret, other});
  ASSERT_TRUE(both) << both.error().detail;
  const std::string signature = both->sign("i", 1'700'000'000, "b");
  EXPECT_NE(signature.find(" v1,"), std::string::npos);
  for (const std::string& one : {std::string(kSecret), other}) {
    EXPECT_TRUE(WebhookSecrets::make({one})->verify("i", "1700000000", signature, "b", kNow));
  }
}

TEST(WebhookSecrets, TheTimestampMayBeFiveMinutesOff) {
  for (const int64_t off : {-301, -300, 0, 300, 301}) {
    EXPECT_EQ(is_fresh(std::to_string(1'700'000'000 + off), kNow), std::abs(off) <= 300) << off;
  }
  EXPECT_FALSE(is_fresh("", kNow));
  EXPECT_FALSE(is_fresh("1700000000x", kNow));
  EXPECT_FALSE(is_fresh("99999999999999999999", kNow));
}

TEST(WebhookSecrets, WhatIsNoSecretIsRefusedWithoutRepeatingIt) {
  for (const std::string& bad : {std::string("whsec_short"), std::string("whsec_AAEC"),
                                 std::string("not base64!"), std::string()}) {
    const auto made = WebhookSecrets::make({bad});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kConfigInvalid);
    EXPECT_TRUE(bad.empty() || made.error().detail.find(bad) == std::string::npos);
  }
  EXPECT_FALSE(WebhookSecrets::make({}));
}

#ifdef STANDARD_WEBHOOKS_VECTORS
TEST(WebhookSecrets, AgreesWithTheStandardsVectors) {
  std::ifstream file(STANDARD_WEBHOOKS_VECTORS);
  std::stringstream text;
  text << file.rdbuf();
  const auto vectors = json::parse_value(text.str());
  ASSERT_TRUE(vectors);
  const auto text_at = [](const json::Value& value, const char* pointer) {
    const json::Value* found = value.find(pointer);
    return found == nullptr ? std::string() : std::string(found->as_string().value_or(""));
  };
  size_t cases = 0;
  for (const json::Value& one : vectors->find("/cases")->items()) {
    std::string secret = text_at(one, "/secret");
    if (secret.empty()) secret = text_at(*vectors, "/secret");
    const Timestamp now{*one.find("/now")->as_integer() * kSecond};
    const bool verifies = WebhookSecrets::make({secret})->verify(
        text_at(one, "/headers/webhook-id"), text_at(one, "/headers/webhook-timestamp"),
        text_at(one, "/headers/webhook-signature"), text_at(one, "/payload"), now);
    EXPECT_EQ(verifies, *one.find("/valid")->as_bool()) << text_at(one, "/name");
    ++cases;
  }
  EXPECT_GE(cases, 10u);
}
#endif

}  // namespace
}  // namespace holdfast::connectors
