// The Shopify push source: orders, refunds, fulfilments and routing as Shopify's webhooks tell
// them. Immutable, thread-safe.
#pragma once

#include <memory>
#include <string>

#include "connectors/config.h"
#include "connectors/shopify/mapping.h"
#include "connectors/shopify/signature.h"
#include "intake/source.h"

namespace holdfast::connectors::shopify {

class ShopifySource final : public intake::PushSource {
 public:
  static Result<std::unique_ptr<intake::PushSource>> make(const SourceConfig& config);

  const std::string& name() const override { return name_; }
  Result<intake::Mapped> receive(const intake::Delivery& delivery) override;
  Result<intake::Mapped> map_kept(std::string_view kept) override;

 private:
  ShopifySource(std::string name, Signature signature, Mapping mapping)
      : name_(std::move(name)), signature_(std::move(signature)), mapping_(std::move(mapping)) {}

  const std::string name_;
  const Signature signature_;
  const Mapping mapping_;
};

}  // namespace holdfast::connectors::shopify
