// What an operator may set about a sink or a source, whatever its type: plain values that app fills from
// TOML and that the registry hands to the connector's factory.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "feed/settings.h"

namespace holdfast::connectors {

struct SinkConfig {
  feed::SinkSettings settings;   ///< name, deliver, channel, retry, rate
  std::string type;              ///< webhook · noop · stdout
  // webhook
  std::string url;               ///< http or https, without userinfo
  std::vector<std::string> secrets;  ///< "whsec_…"; several while rotating: all of them sign
  std::vector<std::string> allow_private_networks;  ///< CIDR: "10.0.0.0/8", "::1/128"
  Duration timeout = 15 * kSecond;   ///< of one request, connecting included
  size_t window = 32;                ///< requests in flight at once, 1 … 256
  std::string ca_file;               ///< PEM; empty = the system's
};

/// Where a field of the mapped fact comes from.
struct FieldMapping {
  std::string pointer;   ///< JSON pointer, looked up inside the item, then in the delivery
  std::map<std::string, std::string> values;  ///< the sender's word → ours; empty = taken as it is
  std::string constant;  ///< instead of a pointer
};

/// [sources.mapping] of a generic source.
struct MappingConfig {
  std::string items;     ///< pointer to the array of items; empty = the delivery is the one item
  std::string id;        ///< pointer to the delivery's own id; empty = the signed delivery id
  /// By our field's name: type, sku, location, quantity, total, occurred_at, channel, order, line,
  /// reference, document (fulfilment, return or cancellation id), reason, state, from, to, to_location,
  /// version, final, restock.
  std::map<std::string, FieldMapping> fields;
};

struct SourceConfig {
  std::string name;
  std::string type;                  ///< generic · shopify
  std::string channel;               ///< of facts that name none
  std::vector<std::string> secrets;  ///< several while rotating: any one verifies
  std::string default_location;      ///< of stock facts that name no place
  std::map<std::string, std::string> locations;  ///< the sender's location id → ours
  // shopify
  std::string order_key = "id";      ///< or "name" ("#1001"): by what the orders are known
  std::map<std::string, std::string> items;  ///< inventory item id → SKU, for observations
  std::string shop_domain;           ///< "x.myshopify.com"; empty = whatever shop the app is installed in
  // generic
  std::string signature = "standard-webhooks";   ///< or "hmac-sha256"
  std::string signature_header;      ///< hmac-sha256: e.g. "x-signature"
  std::string signature_encoding = "base64";     ///< or "hex"
  std::string signature_prefix;      ///< text before the digest in the header, e.g. "sha256="
  std::string signed_content = "{body}";  ///< what is signed: {body}, {timestamp}, {id} are filled in
  std::string timestamp_header;      ///< hmac-sha256: unix seconds; checked ±300 s where given
  std::string id_header;             ///< hmac-sha256: the delivery id; counts only where it is signed
  MappingConfig mapping;
};

}  // namespace holdfast::connectors
